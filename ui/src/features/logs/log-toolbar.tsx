/** Above the log: which source, the filter with its hits, warnings only, follow. */
import { TextInput } from '@mantine/core';
import { formatCount } from '../../format/number.ts';
import { en } from '../../locales/en.ts';
import { fill, plural } from '../../locales/fill.ts';

/** What the reader asked of the log. */
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

export function LogToolbar({ sources, source, choice, fault, hits, progress, isFollowing, onSource, onChoice, onFollow }: LogToolbarProps) {
  return (
    <div className="log-toolbar">
      <h2>{en.log.title}</h2>
      <fieldset className="log-sources" aria-label={en.log.sources}>
        <Chip isOn={source === null} label={en.log.all} onClick={() => onSource(null)} />
        {sources.map((id) => (
          <Chip key={id} isOn={source === id} label={id} onClick={() => onSource(id)} />
        ))}
      </fieldset>
      <div className="log-tools">
        <TextInput
          id="log-filter"
          className="log-filter"
          aria-label={en.log.filter}
          placeholder={en.log.filterHint}
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
          rightSection={<output className="field-hint">{fault === null ? hitWords(hits, progress) : en.log.badRegex}</output>}
        />
        <Chip isOn={choice.isRegex} label=".*" title={en.log.regex} onClick={() => onChoice({ isRegex: !choice.isRegex })} />
        <Chip
          isOn={choice.isWarningsOnly}
          label={en.log.warnings}
          title={en.log.warningsHint}
          onClick={() => onChoice({ isWarningsOnly: !choice.isWarningsOnly })}
        />
        <Chip isOn={isFollowing} label={en.log.follow} onClick={() => onFollow(!isFollowing)} />
      </div>
    </div>
  );
}

function hitWords(hits: number | null, progress: number): string {
  if (hits === null) return '';
  if (progress < 1) return fill(en.log.searching, { percent: Math.floor(progress * 100) });
  return plural(en.log.hits, hits, formatCount(hits));
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
