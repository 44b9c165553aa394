/** The figures of one process: port, pid, CPU, memory, restarts. */
import { formatBytes } from '../../format/bytes.ts';
import { en } from '../../locales/en.ts';
import type { LiveProcess } from './process-cache.ts';
import { isEnded } from './state-words.ts';

export function ProcessFigures({ process }: { process: LiveProcess }) {
  const isLive = !isEnded(process.state) && process.state !== 'backoff';
  return (
    <div className="figures">
      {process.port !== null && (
        <Figure name={en.figures.port}>
          <b>:{process.port}</b>
        </Figure>
      )}
      {isLive && process.pid !== null && (
        <Figure name={en.figures.pid}>
          {en.figures.pid} <b>{process.pid}</b>
        </Figure>
      )}
      {isLive && process.cpuPercent !== null && (
        <Figure name={en.figures.cpuHint}>
          {en.figures.cpu} <b>{Math.round(process.cpuPercent)} %</b>
        </Figure>
      )}
      {isLive && process.memoryBytes !== null && (
        <Figure name={en.figures.memoryHint}>
          {en.figures.memory} <b>{formatBytes(process.memoryBytes)}</b>
        </Figure>
      )}
      {process.restarts > 0 && (
        <Figure name={en.figures.restartsHint}>
          {en.figures.restarts} <b>{process.restarts}</b>
        </Figure>
      )}
    </div>
  );
}

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return <span title={name}>{children}</span>;
}
