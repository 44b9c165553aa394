/** How far the answer is: its place in the queue, the prompt, the tokens, the end. */
import { useTranslation } from 'react-i18next';
import { Icon } from '../../components/icon.tsx';
import { formatDuration } from '../../format/duration.ts';
import { formatCount, formatTenths } from '../../format/number.ts';
import type { LiveTurn } from './chat-streams.ts';

interface ProgressLineProps {
  turn: LiveTurn;
  /** null: not limited, or not known. */
  maxTokens: number | null;
  onStop: () => void;
}

export function ProgressLine({ turn, maxTokens, onStop }: ProgressLineProps) {
  const { t } = useTranslation();
  return (
    <div className="answer-foot progress-line">
      {turn.isBroken ? <span className="figure is-broken">{t('chat.reconnecting')}</span> : <Figures turn={turn} maxTokens={maxTokens} />}
      <button type="button" className="text-action stop-action" disabled={turn.isStopping} onClick={onStop}>
        <Icon name="stop" size={14} /> {turn.isStopping ? t('chat.stopping') : t('chat.stop')}
      </button>
    </div>
  );
}

function Figures({ turn, maxTokens }: { turn: LiveTurn; maxTokens: number | null }) {
  const { t } = useTranslation();
  const { progress } = turn.answer;
  if (progress === null) return <span className="figure">{t('chat.waiting')}</span>;
  if (progress.phase === 'queued') return <span className="figure">{t('chat.queued', { place: progress.place })}</span>;
  if (progress.phase === 'prompt') {
    return (
      <span className="figure">
        {progress.percent === null ? t('chat.readingPrompt') : t('chat.promptPercent', { percent: Math.round(progress.percent) })}
      </span>
    );
  }
  const { tokens, tokens_per_second: rate, expected_end_ms: endMs } = progress;
  const shown = formatCount(tokens);
  return (
    <>
      <span className="figure">
        {maxTokens === null ? t('chat.tokens', { count: tokens, shown }) : t('chat.tokensOf', { shown, limit: formatCount(maxTokens) })}
      </span>
      {rate !== null && <span className="figure">{t('chat.rate', { rate: formatTenths(rate) })}</span>}
      {endMs !== null && <span className="figure">{t('chat.expectedEnd', { time: formatDuration(endMs) })}</span>}
    </>
  );
}
