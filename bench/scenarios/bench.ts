// What every scenario is handed.

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
  /** A built checkout to compare with, where one was named. */
  readonly against: string | null;
  /** Notes a figure that has been promised, for the list at the end. */
  bar(bar: Bar): void;
}

/** Measures and prints one thing. The processes that it starts are stopped when it is over, however it ends. */
export type Scenario = (bench: Bench) => Promise<void>;

/** How another checkout is called in a table. */
export const otherCheckout = 'the other checkout';

/** What this checkout may take of the other one's time. */
export const noSlower = { wanted: 1.03, atLeast: false } as const;
