// The settings of nodes in tests, unless a test sets others.

import { type TestDatabase } from './database.js';

/** A secret of 32 bytes, the same for every node. */
export const testSecret = 'not-a-secret:for-tests-only-0123';

/** Seals secrets in the database; the same for every node. */
export const testDataKey = 'not-a-key:for-tests-only-01234567';

export type Env = Readonly<Record<string, string>>;

export function testSettings(database: TestDatabase, overrides: Env): Env {
  return {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    JWT_SECRET: testSecret,
    DATA_KEY: testDataKey,
    LOG_LEVEL: 'warn',
    // All tests come from one IP, which the limits would stop.
    RATE_LIMITS: 'off',
    ...database.env,
    ...overrides,
  };
}
