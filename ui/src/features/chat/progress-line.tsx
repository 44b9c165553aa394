/** The progress of an answer: queue position, prompt, tokens, expected end. */
import { useTranslation } from 'react-i18next';
import type { Progress } from '#contract/chat';
import { Icon } from '../../components/icon.tsx';
import { formatDuration } from '../../format/duration.ts';
import { formatCount, formatTenths } from '../../format/number.ts';
import type { LiveTurn } from './chat-streams.ts';

interface ProgressLineProps {
  turn: LiveTurn;
  /** The model is being loaded, or the next request loads it. */
  isLoading: boolean;
  /** null: not limited, or not known. */
  maxTokens: number | null;
  onStop: () => void;
}

export function ProgressLine({ turn, isLoading, maxTokens, onStop }: ProgressLineProps) {
  const { t } = useTranslation();
  const { progress } = turn.answer;
  const isQueued = progress?.phase === 'queued';
  const isWaiting = isLoading && (progress === null || isQueued);
  // The first in the queue waits only for the model.
  const hasFigures = !isWaiting || (isQueued && progress.place > 1);
  return (
    <div className="answer-foot progress-line">
      {isWaiting && <div className="busy-bar" />}
      {turn.isBroken && <span className="figure is-broken">{t('chat.reconnecting')}</span>}
      {!turn.isBroken && isWaiting && <span className="figure">{t('chat.loadingModel')}</span>}
      {!turn.isBroken && hasFigures && <Figures progress={progress} maxTokens={maxTokens} />}
      <button type="button" className="text-action stop-action" disabled={turn.isStopping} onClick={onStop}>
        <Icon name="stop" size={14} /> {turn.isStopping ? t('chat.stopping') : t('chat.stop')}
      </button>
    </div>
  );
}

function Figures({ progress, maxTokens }: { progress: Progress | null; maxTokens: number | null }) {
  const { t } = useTranslation();
  if (progress === null) return <span className="figure">{t('chat.waiting')}</span>;
  if (progress.phase === 'queued')
    return <span className="figure">{t('chat.queued', { place: progress.place })}</span>;
  if (progress.phase === 'prompt') {
    return (
      <span className="figure">
        {progress.percent === null
          ? t('chat.readingPrompt')
          : t('chat.promptPercent', { percent: Math.round(progress.percent) })}
      </span>
    );
  }
  const { tokens, tokens_per_second: rate, expected_end_ms: endMs } = progress;
  const shown = formatCount(tokens);
  return (
    <>
      <span className="figure">
        {maxTokens === null
          ? t('chat.tokens', { count: tokens, shown })
          : t('chat.tokensOf', { shown, limit: formatCount(maxTokens) })}
      </span>
      {rate !== null && <span className="figure">{t('chat.rate', { rate: formatTenths(rate) })}</span>}
      {endMs !== null && (
        <span className="figure">{t('chat.expectedEnd', { time: formatDuration(endMs) })}</span>
      )}
    </>
  );
}
