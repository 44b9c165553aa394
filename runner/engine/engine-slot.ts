/** One slot: a sequence of the shared context, and what runs in it now. */
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import type { Slot } from './slot-pool.ts';

export class EngineSlot implements Slot {
  readonly id: number;
  readonly sequence: LlamaContextSequence;
  /** The task that runs here, or the last one; -1 before the first. */
  taskId = -1;
  promptTokens = 0;
  reusedTokens = 0;
  predictedTokens = 0;

  constructor(id: number, sequence: LlamaContextSequence) {
    this.id = id;
    this.sequence = sequence;
  }

  get cachedTokens(): readonly Token[] {
    return this.sequence.contextTokens;
  }

  /** Tokens the sequence can hold: the library shifts its content away when the last cell is taken, so that one stays free. */
  get capacity(): number {
    return this.sequence.contextSize - 1;
  }

  get isFull(): boolean {
    return this.sequence.nextTokenIndex >= this.capacity;
  }

  begin(taskId: number, promptTokens: number): void {
    this.taskId = taskId;
    this.promptTokens = promptTokens;
    this.reusedTokens = 0;
    this.predictedTokens = 0;
  }
}
