/** The Prompts screen: presets, and what the Chat screen does with one. */
import { Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preset } from '#contract/preset';
import { Icon } from '../components/icon.tsx';
import { StateDot } from '../components/state-dot.tsx';
import { useChangeEndpoint, useEndpoints } from '../features/endpoints/endpoint-queries.ts';
import { byStatus, endpointTone, isUsable } from '../features/endpoints/endpoint-words.ts';
import { PresetScreen } from '../features/presets/preset-screen.tsx';
import { KeptTexts } from './kept-texts.ts';
import { navigate, formatRoute, type Route } from './router.ts';
import { useNewSession } from './use-new-session.ts';
import './chat-screen.css';

interface PromptsScreenProps {
  route: Extract<Route, { screen: 'prompts' }>;
}

const hrefOf = (presetId: string | null): string => formatRoute({ screen: 'prompts', presetId });
const show = (presetId: string | null): void => navigate({ screen: 'prompts', presetId });

const usesOf = (preset: Preset) => <PresetUses preset={preset} />;

export function PromptsScreen({ route }: PromptsScreenProps) {
  const { t } = useTranslation();
  const [drafts] = useState(() => new KeptTexts(() => localStorage, 'preset-drafts'));
  return (
    <main className="screen prompts-screen" aria-label={t('prompts.title')}>
      <h1 className="visually-hidden">{t('prompts.title')}</h1>
      <PresetScreen
        selectedId={route.presetId}
        drafts={drafts}
        hrefOf={hrefOf}
        onShow={show}
        usesOf={usesOf}
      />
    </main>
  );
}

/** "Use in a new session", and the default of which server. */
function PresetUses({ preset }: { preset: Preset }) {
  const { t } = useTranslation();
  const endpoints = useEndpoints().data ?? [];
  const change = useChangeEndpoint();
  const session = useNewSession();
  const first = byStatus(endpoints).find(isUsable);
  const toggle = (id: string, isDefault: boolean): void =>
    change.mutate({ id, change: { defaultPresetId: isDefault ? null : preset.id } });
  const error = session.error ?? change.error;
  return (
    <>
      <Button
        variant="filled"
        loading={session.isPending}
        title={error?.message}
        onClick={() => session.create({ presetId: preset.id, endpointId: first?.id ?? null })}
      >
        {t('prompts.useInSession')}
      </Button>
      <Menu position="bottom-end" width={250} closeOnItemClick={false}>
        <Menu.Target>
          <Button rightSection={<Icon name="down" size={12} />} loading={change.isPending}>
            {t('prompts.makeDefault')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {endpoints.length === 0 && <div className="chat-menu-note">{t('endpoints.none')}</div>}
          <div className="chat-menu">
            {byStatus(endpoints).map((endpoint) => {
              const { id, name, defaultPresetId } = endpoint;
              return (
                <Menu.Item
                  key={id}
                  leftSection={<StateDot tone={endpointTone(endpoint)} />}
                  aria-current={defaultPresetId === preset.id || undefined}
                  rightSection={
                    defaultPresetId === preset.id ? (
                      <span className="sub">{t('prompts.isDefault')}</span>
                    ) : null
                  }
                  onClick={() => toggle(id, defaultPresetId === preset.id)}
                >
                  {name}
                </Menu.Item>
              );
            })}
          </div>
          {error !== null && <div className="chat-menu-note">{error.message}</div>}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
