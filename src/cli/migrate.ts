// `npm run migrate`: brings the tables up to date, as the role that owns them, and ends.

import { randomBytes } from 'node:crypto';

import { OperatorError } from '../common/errors.js';
import { ConfigError, readConfig, readEnvironment } from '../config/index.js';
import { openDatabase } from '../db/open.js';
import { causeWithCode, DatabaseUnavailable } from '../db/errors.js';
import { createLog } from '../observability/log.js';

/** Only the database is used: a role that migrates needs no secret of the nodes. */
async function run(): Promise<string> {
  const unused = randomBytes(32).toString('base64');
  const config = readConfig({ ...readEnvironment().values, JWT_SECRET: unused });
  const database = await openDatabase({ ...config.database, poolSize: 1 }, createLog('silent', false));
  try {
    await database.migrate({
      onWaiting: (what) => {
        process.stderr.write(`${what}\n`);
      },
    });
    return `${database.description} is up to date`;
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    const { code, message } = causeWithCode(error) ?? { code: 'no answer', message: error.message };
    throw new OperatorError(
      'DATABASE_URL',
      `${database.description} cannot be reached (${code}): ${message}`,
    );
  } finally {
    await database.close();
  }
}

try {
  process.stdout.write(`${await run()}\n`);
} catch (error) {
  const expected = error instanceof OperatorError || error instanceof ConfigError;
  const text = expected ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
