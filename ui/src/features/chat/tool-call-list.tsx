/** The tool calls of an answer. */
import { useTranslation } from 'react-i18next';
import { formatArguments, type ToolCall } from './tool-calls.ts';

export function ToolCallList({ calls }: { calls: readonly ToolCall[] }) {
  const { t } = useTranslation();
  return (
    <ul className="tool-calls" aria-label={t('chat.toolCalls')}>
      {calls.map((call, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- calls are only ever appended
        <li key={index} className="tool-call">
          <div>
            <span className="sub">{t('chat.toolCall')}</span> <b className="mono">{call.name}</b>
          </div>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
          {call.arguments !== '' && <pre tabIndex={0}>{formatArguments(call.arguments)}</pre>}
        </li>
      ))}
    </ul>
  );
}
