/** The shapes of load that the gateway's benchmark puts on each way: all of them, or for `--quick` the fewest that yield every figure. */
import type { Shape } from './rounds.ts';

export interface Shapes {
  /** Null: left out. */
  oneWhole: Shape | null;
  manyWhole: Shape;
  /** Short streams: the first token is what counts. */
  oneStream: Shape;
  /** All streams' tokens at one instant, as one llama-server sends them. Two streams for each client. */
  streamsInStep: Shape;
  /** The same with each stream at its own instants. */
  spreadStreams: Shape | null;
  /** One stream for each client. */
  mostStreams: Shape;
  /** Run before anything is measured: what a program compiles in its first seconds is no part of the figures. */
  warmUp: readonly Shape[];
}

const MANY_WHOLE: Shape = { clients: 50, rampMs: 0, forMs: 2_500, tokens: 0, pace: '', rounds: 3 };
const STREAMS_IN_STEP: Shape = {
  clients: 50,
  rampMs: 1_400,
  forMs: 2_700,
  tokens: 70,
  pace: 'batch 20',
  rounds: 3,
};

export const ALL_SHAPES: Shapes = {
  oneWhole: { ...MANY_WHOLE, clients: 1, forMs: 1_000 },
  manyWhole: MANY_WHOLE,
  oneStream: { clients: 1, rampMs: 0, forMs: 2_000, tokens: 4, pace: 'batch 20', rounds: 3 },
  streamsInStep: STREAMS_IN_STEP,
  spreadStreams: { ...STREAMS_IN_STEP, pace: 'spread 20', rounds: 1 },
  mostStreams: { clients: 500, rampMs: 2_000, forMs: 5_800, tokens: 30, pace: 'spread 200', rounds: 2 },
  warmUp: [
    { ...MANY_WHOLE, forMs: 6_000 },
    { ...STREAMS_IN_STEP, rampMs: 0, forMs: 1_500, tokens: 25 },
  ],
};

export const QUICK_SHAPES: Shapes = {
  oneWhole: null,
  manyWhole: { ...MANY_WHOLE, forMs: 1_200, rounds: 2 },
  oneStream: { ...ALL_SHAPES.oneStream, forMs: 1_000, rounds: 1 },
  streamsInStep: { ...STREAMS_IN_STEP, rampMs: 500, forMs: 1_000, tokens: 40, rounds: 1 },
  spreadStreams: null,
  mostStreams: { ...ALL_SHAPES.mostStreams, forMs: 0, tokens: 5, rounds: 1 },
  warmUp: [
    { ...MANY_WHOLE, forMs: 2_000 },
    { ...STREAMS_IN_STEP, rampMs: 0, forMs: 500, tokens: 20 },
  ],
};
