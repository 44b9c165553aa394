/** What the next message is sent with, in chips below the field: the preset can be changed there, the rest leads to its field. */
import { Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Sampler } from '#contract/preset';
import { Icon } from '../../components/icon.tsx';
import { formatCount } from '../../format/number.ts';
import { formatLocale } from '../../format/locale.ts';
import { usePresets } from './preset-queries.ts';
import './presets.css';

interface PromptChipsProps {
  presetId: string | null;
  sampler: Sampler;
  /** Edits in the panel wait to be applied. */
  isEdited: boolean;
  onChoose: (presetId: string) => void;
  /** Shows the field of this name. */
  onShow: (field: string) => void;
}

export function PromptChips({ presetId, sampler, isEdited, onChoose, onShow }: PromptChipsProps) {
  const { t } = useTranslation();
  const presets = usePresets().data ?? [];
  const name = presets.find(({ id }) => id === presetId)?.name ?? t('prompts.noPreset');
  const { temperature, max_tokens: maxTokens, thinking } = sampler;
  return (
    <>
      <Menu position="top-start" width={240}>
        <Menu.Target>
          <button type="button" className="chip preset-chip" aria-label={t('prompts.presetChip', { name })}>
            <span className="truncate">{name}</span> <Icon name="down" size={11} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <div className="chip-menu">
            {/* Edits that wait are not thrown away by a click here: the panel is the place for that. */}
            {isEdited && <div className="chip-menu-note">{t('prompts.editsWait')}</div>}
            {presets.map((preset) => (
              <Menu.Item
                key={preset.id}
                disabled={isEdited}
                aria-current={preset.id === presetId || undefined}
                onClick={() => onChoose(preset.id)}
              >
                {preset.name}
              </Menu.Item>
            ))}
          </div>
          <Menu.Divider />
          <Menu.Item onClick={() => onShow('preset')}>{t('prompts.showPanel')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <button type="button" className="chip" onClick={() => onShow('temperature')}>
        {t('prompts.chips.temperature', {
          value: temperature === undefined ? t('prompts.auto') : temperature.toLocaleString(formatLocale()),
        })}
      </button>
      <button type="button" className="chip" onClick={() => onShow('max_tokens')}>
        {t('prompts.chips.maxTokens', {
          value: maxTokens === undefined ? t('prompts.auto') : maxTokens < 0 ? '∞' : formatCount(maxTokens),
        })}
      </button>
      <button type="button" className="chip" onClick={() => onShow('thinking')}>
        {t(`prompts.chips.thinking.${thinking === undefined ? 'auto' : thinking ? 'on' : 'off'}`)}
      </button>
    </>
  );
}
