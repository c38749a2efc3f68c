// The interface of a scenario.

import { type Generator } from '../harness/load.js';
import { type BenchPostgres } from '../harness/postgres.js';
import { type Bar } from '../harness/report.js';
import { type Pace } from '../harness/rounds.js';

export interface Bench {
  readonly full: boolean;
  readonly pace: Pace;
  readonly connections: number;
  readonly postgres: BenchPostgres;
  readonly generator: Generator;
  /** The folder of a built checkout to compare with; null without one. */
  readonly against: string | null;
  /** Adds a promised figure to the list at the end. */
  bar(bar: Bar): void;
}

/** Measures and prints one topic. The benchmark stops the processes that it has started, however it ends. */
export type Scenario = (bench: Bench) => Promise<void>;

/** The name of the other checkout in tables. */
export const otherCheckout = 'the other checkout';

/** The bar for a ratio of this checkout to the other one. */
export const noSlower = { wanted: 1.03, atLeast: false } as const;
