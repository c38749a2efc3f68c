// `npm run migrate`: brings the tables up to date, as the role that owns them.

import '../common/checkNode.js';

import { randomBytes } from 'node:crypto';

import { readConfig, readEnvironment } from '../config/index.js';
import { runCommand, withDatabase } from './command.js';

await runCommand({
  usage: `Usage: npm run migrate

Creates or updates the tables in the database that the settings name, as the role that owns them.
Exit codes: 0 success, 1 failure, 2 usage error.`,
  flags: [],
  read: ({ positionals }) => (positionals.length === 0 ? {} : null),
  run: migrate,
});

async function migrate(): Promise<string> {
  process.umask(0o077);
  // The command uses only the database: a role that migrates needs no secret of the nodes.
  const unused = randomBytes(32).toString('base64');
  const config = readConfig({ ...readEnvironment().values, JWT_SECRET: unused });
  return withDatabase(config.database, async (database) => {
    await database.migrate({
      onWaiting: (what) => {
        process.stderr.write(`${what}\n`);
      },
    });
    return `${database.description} is up to date`;
  });
}
