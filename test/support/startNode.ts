// A node in this process, on a port of its own.

import { startApp } from '../../src/app.js';
import { type Hooks } from '../../src/auth/services.js';
import { type Clock } from '../../src/common/clock.js';
import { readConfig } from '../../src/config/index.js';
import { type Log } from '../../src/observability/log.js';
import { type Hashing } from '../../src/passwords/hasher.js';
import { cheapHashing } from '../../src/testing/hashing.js';
import { whenFileEnds } from './whenFileEnds.js';
import { readyDatabase, type TestDatabase } from './database.js';
import { type Env, testSettings } from './settings.js';

export interface NodeParts {
  /** One of its own when left out. Several nodes may share one only where `databaseKind` is `postgres`. */
  readonly database?: TestDatabase;
  /** Settings by the names of their variables. */
  readonly env?: Env;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly on?: Partial<Hooks>;
  /** At the least cost when left out; empty, as in production, and as every node that `spawnNode` starts. */
  readonly hashing?: Hashing;
}

export interface RunningNode {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly database: TestDatabase;
  /** Stops it early; it is stopped anyway when the test file ends. */
  stop(): Promise<void>;
}

/** Starts the app as `npm start` would, in this process. */
export async function startNode(parts: NodeParts = {}): Promise<RunningNode> {
  const { database = await readyDatabase(), env = {}, hashing = cheapHashing, ...rest } = parts;
  const app = await startApp(readConfig(testSettings(database, env)), { ...rest, hashing });
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= app.stop());
  whenFileEnds(stop);
  return { url: app.url, database, stop };
}
