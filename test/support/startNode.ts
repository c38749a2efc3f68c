// Starts nodes in this process, each on its own port.

import { startApp } from '../../src/app.js';
import { type Hooks } from '../../src/auth/services.js';
import { type Clock } from '../../src/common/clock.js';
import { readConfig } from '../../src/config/index.js';
import { createLog, type Log } from '../../src/observability/log.js';
import { type Hashing } from '../../src/passwords/hasher.js';
import { cheapHashing } from '../../src/testing/hashing.js';
import { whenFileEnds } from './whenFileEnds.js';
import { readyDatabase, type TestDatabase } from './database.js';
import { type Env, testSettings } from './settings.js';

export interface NodeParts {
  /** A new one when left out. Several nodes can share one only where `databaseKind` is `postgres`. */
  readonly database?: TestDatabase;
  /** Settings by the names of their variables. */
  readonly env?: Env;
  readonly clock?: Clock;
  /** Standard output when left out, without the warning that {@link testSettings} cause in every node. */
  readonly log?: Log;
  readonly on?: Partial<Hooks>;
  /** The cheapest that argon2 has when left out; `{}` hashes as in production and as every node that `spawnNode` starts. */
  readonly hashing?: Hashing;
}

export interface RunningNode {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly database: TestDatabase;
  /** Stops it before the end of the test file, which stops it anyway. */
  stop(): Promise<void>;
}

/** Starts the app as `npm start` would, in this process. */
export async function startNode(parts: NodeParts = {}): Promise<RunningNode> {
  const { database = await readyDatabase(), env = {}, hashing = cheapHashing, ...rest } = parts;
  const config = readConfig(testSettings(database, env));
  const log = withoutLimitsWarning(createLog(config.log.level, false));
  const app = await startApp(config, { log, ...rest, hashing });
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= app.stop());
  whenFileEnds(stop);
  return { url: app.url, database, stop };
}

function withoutLimitsWarning(log: Log): Log {
  return {
    error: (...line) => {
      log.error(...line);
    },
    warn: (...line) => {
      if (line.at(-1) !== 'RATE_LIMITS is off: Hufu does not limit wrong passwords') log.warn(...line);
    },
    info: (...line) => {
      log.info(...line);
    },
    debug: (...line) => {
      log.debug(...line);
    },
    isLevelEnabled: (level) => log.isLevelEnabled(level),
  };
}
