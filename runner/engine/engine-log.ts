/** Log lines in llama-server's form: elapsed time (m.ss.ms.us), level, module and function, message. The caller says where they go. */

export type LogLevel = 'I' | 'W' | 'E';

export interface EngineLog {
  /** A line of one of the server's own functions, e.g. `line('I', 'srv  load_model', 'loading model …')`. */
  line(level: LogLevel, source: LogSource, message: string): void;
  /** A line of llama.cpp itself, which names its function in the message. */
  raw(level: LogLevel, message: string): void;
}

/** Module and function, e.g. `srv load_model`. llama-server pads the module to 4 and the function to 12 columns, and cuts it there. */
type LogSource = `${'srv' | 'slot' | 'cmn'} ${string}`;

export function createEngineLog(write: (text: string) => void, elapsedMs: () => number): EngineLog {
  function raw(level: LogLevel, message: string): void {
    write(`${formatElapsed(elapsedMs())} ${level} ${message}\n`);
  }
  return {
    raw,
    line: (level, source, message) => raw(level, `${formatSource(source)}: ${message}`),
  };
}

export function formatElapsed(elapsedMs: number): string {
  const micros = Math.floor(elapsedMs * 1000);
  const parts = [Math.floor(micros / 1e6) % 60, Math.floor(micros / 1000) % 1000, micros % 1000];
  const [seconds, millis, rest] = parts.map((part, index) => String(part).padStart(index === 0 ? 2 : 3, '0'));
  return `${Math.floor(micros / 60e6)}.${seconds}.${millis}.${rest}`;
}

function formatSource(source: LogSource): string {
  const [module = '', name = ''] = source.split(' ');
  return `${module.padEnd(4)} ${name.slice(0, 12).padStart(12)}`;
}
