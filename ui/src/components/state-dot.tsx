/** The coloured dot before a state's word. */
export type DotTone = 'ok' | 'busy' | 'bad' | 'idle';

export function StateDot({ tone }: { tone: DotTone }) {
  return <span className={`dot dot-${tone}`} aria-hidden="true" />;
}
