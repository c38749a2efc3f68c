// Debian's PgBouncer in front of a test's database, with the configuration that docs/operations.md shows.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort } from './freePort.js';
import { startDaemon } from './startDaemon.js';
import { temporaryFolder } from './temporaryFolder.js';

/** Which one; TEST_PGBOUNCER names another version than Debian's. */
const program = process.env['TEST_PGBOUNCER'] ?? '/usr/sbin/pgbouncer';

/** Its version, such as 1.18; null where there is none, and the tests that need it are skipped. */
export const pgbouncerVersion = existsSync(program)
  ? (/\d+\.\d+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[0] ?? null)
  : null;

/** The name of the test that is skipped in the place of those that need it; the summary looks for it. */
export const needsPgBouncer = 'needs PgBouncer';

/** Whether it carries prepared statements from one session of the server to another. */
export const keepsPrepared = Number(pgbouncerVersion?.split('.')[1] ?? 0) >= 21;

/** The configuration in the docs, and what this machine needs instead of some of its lines. */
const documented = readFileSync('examples/operations/pgbouncer.ini', 'utf8');

export interface PgBouncer {
  /** The database's URL, by way of the pooler. */
  readonly url: string;
}

/**
 * @param target the database's own URL
 * @param settings other values of settings that the documented configuration has, or settings that it does not have
 */
export async function startPgBouncer(
  target: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PgBouncer> {
  const { hostname, port, username, password, pathname } = new URL(target);
  const name = pathname.slice(1);
  const folder = temporaryFolder();
  const ownPort = String(await freePort());
  const users = join(folder, 'userlist.txt');
  writeFileSync(users, `"${username}" "${password}"\n`);
  const ini = configuration({
    hufu: `host=${hostname} port=${port} dbname=${name}`,
    listen_addr: '127.0.0.1',
    listen_port: ownPort,
    auth_file: users,
    ...(keepsPrepared ? { max_prepared_statements: '200' } : {}),
    ...settings,
  });
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(file, `${ini}\nunix_socket_dir =\n`);
  // It refuses to run as root.
  chmodSync(folder, 0o755);
  const isRoot = process.getuid?.() === 0;
  await startDaemon(program, [...(isRoot ? ['-u', 'nobody'] : []), file], 'process up');
  const url = new URL(target);
  Object.assign(url, { hostname: '127.0.0.1', port: ownPort, pathname: '/hufu' });
  return { url: url.href };
}

function configuration(settings: Readonly<Record<string, string>>): string {
  let text = documented;
  for (const [name, value] of Object.entries(settings)) {
    const line = new RegExp(`^;?${name} = .*$`, 'm');
    text = line.test(text) ? text.replace(line, `${name} = ${value}`) : `${text}${name} = ${value}\n`;
  }
  return text;
}
