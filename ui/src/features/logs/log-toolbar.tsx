/** Above the log: the source, the filter with its hits, warnings only, follow. */
import { TextInput } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format/number.ts';

/** The reader's filter settings. */
export interface LogChoice {
  text: string;
  isRegex: boolean;
  isWarningsOnly: boolean;
}

interface LogToolbarProps {
  sources: readonly string[];
  source: string | null;
  choice: LogChoice;
  fault: string | null;
  /** null: no filter. */
  hits: number | null;
  /** 0 to 1. */
  progress: number;
  isFollowing: boolean;
  onSource: (source: string | null) => void;
  onChoice: (patch: Partial<LogChoice>) => void;
  onFollow: (isOn: boolean) => void;
}

export function LogToolbar({
  sources,
  source,
  choice,
  fault,
  hits,
  progress,
  isFollowing,
  onSource,
  onChoice,
  onFollow,
}: LogToolbarProps) {
  const { t } = useTranslation();
  return (
    <div className="log-toolbar">
      <h2>{t('log.title')}</h2>
      <fieldset className="log-sources" aria-label={t('log.sources')}>
        <Chip isOn={source === null} label={t('log.all')} onClick={() => onSource(null)} />
        {sources.map((id) => (
          <Chip key={id} isOn={source === id} label={id} onClick={() => onSource(id)} />
        ))}
      </fieldset>
      <div className="log-tools">
        <TextInput
          id="log-filter"
          className="log-filter"
          aria-label={t('log.filter')}
          placeholder={t('log.filterHint')}
          value={choice.text}
          error={fault !== null}
          title={fault ?? undefined}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => onChoice({ text: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            onChoice({ text: '' });
            event.currentTarget.blur();
          }}
          rightSectionWidth={hits === null && fault === null ? 0 : 86}
          rightSectionPointerEvents="none"
          rightSection={
            <output className="field-hint">
              {fault === null ? hitWords(t, hits, progress) : t('log.badRegex')}
            </output>
          }
        />
        <Chip
          isOn={choice.isRegex}
          label=".*"
          title={t('log.regex')}
          onClick={() => onChoice({ isRegex: !choice.isRegex })}
        />
        <Chip
          isOn={choice.isWarningsOnly}
          label={t('log.warnings')}
          title={t('log.warningsHint')}
          onClick={() => onChoice({ isWarningsOnly: !choice.isWarningsOnly })}
        />
        <Chip isOn={isFollowing} label={t('log.follow')} onClick={() => onFollow(!isFollowing)} />
      </div>
    </div>
  );
}

function hitWords(t: TFunction, hits: number | null, progress: number): string {
  if (hits === null) return '';
  if (progress < 1) return t('log.searching', { percent: Math.floor(progress * 100) });
  return t('log.hits', { count: hits, shown: formatCount(hits) });
}

interface ChipProps {
  isOn: boolean;
  label: string;
  title?: string;
  onClick: () => void;
}

function Chip({ isOn, label, title, onClick }: ChipProps) {
  return (
    <button
      type="button"
      className="chip"
      aria-pressed={isOn}
      aria-label={title === undefined ? undefined : title}
      title={title}
      onClick={onClick}
    >
      {label}
    </button>
  );
}
