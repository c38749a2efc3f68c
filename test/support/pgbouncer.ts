// PgBouncer in front of a test's database, with the configuration that docs/operations.md shows.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort } from './freePort.js';
import { startDaemon } from './startDaemon.js';
import { temporaryFolder } from './temporaryFolder.js';

/** Debian's program, or the one of another version that TEST_PGBOUNCER names. */
const program = process.env['TEST_PGBOUNCER'] ?? '/usr/sbin/pgbouncer';

/** Such as 1.18; null where the program is missing, and the tests that need it are skipped. */
export const pgbouncerVersion = existsSync(program)
  ? (/\d+\.\d+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[0] ?? null)
  : null;

/** The name of the skipped test that stands for all which need it; the summary looks for this name. */
export const needsPgBouncer = 'needs PgBouncer';

/** Whether it keeps prepared statements when it moves a client to another session of the server. */
export const keepsPrepared = Number(pgbouncerVersion?.split('.')[1] ?? 0) >= 21;

/** The configuration in the docs; {@link configuration} replaces the lines that name hosts, ports and files. */
const documented = readFileSync('examples/operations/pgbouncer.ini', 'utf8');

export interface PgBouncer {
  /** The database's URL through the pooler. */
  readonly url: string;
}

/**
 * @param target the database's own URL
 * @param settings replace or extend those of the documented configuration
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
