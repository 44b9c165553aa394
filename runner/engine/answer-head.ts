/** What every chunk and answer of one completion carries: id, time, model. */
import { randomBytes } from 'node:crypto';
import type { ModelHost } from './model-host.ts';

export interface AnswerHead {
  id: string;
  created: number;
  model: string;
  system_fingerprint: string;
}

export function createAnswerHead(host: ModelHost): AnswerHead {
  return {
    id: `chatcmpl-${randomBytes(16).toString('hex')}`,
    created: Math.floor(Date.now() / 1000),
    model: host.name,
    system_fingerprint: host.buildInfo,
  };
}
