// A primary and its synchronous standby, which trade places when the standby is promoted.

import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import postgres, { type Sql } from 'postgres';

import { freePort } from './freePort.js';
import { findPostgres, type PostgresBinaries } from './postgresBinaries.js';
import { initDataFolder, own, runServer } from './postgresProcess.js';
import { whenFileEnds } from './whenFileEnds.js';

export interface ServerPair {
  /** Both servers as `host:port`; a promotion makes the other one the primary. */
  readonly hosts: readonly [string, string];
  /** The index of the primary in `hosts`. */
  primary(): 0 | 1;
  /** A URL of the primary, for a role with every right. */
  primaryUrl(): string;
  /** The same of the other server. */
  standbyUrl(): string;
  /** Ends the primary as a crash does, and starts it again after so many milliseconds. */
  crash(downMs: number): Promise<void>;
  /** Stops every process of the primary as a suspended machine does, and has them go on after so many milliseconds. */
  suspend(forMs: number): Promise<void>;
  /** Kills the primary, promotes the standby, and starts the killed server as the new standby. */
  failOver(): Promise<void>;
  /** Ends the primary as a crash does. */
  killPrimary(): Promise<void>;
  /** Makes the standby the primary. The old primary stays as it is, running or not. */
  promote(): Promise<void>;
  /** Ends the old primary if it still runs, and starts it as the standby of the new one. */
  rejoin(): Promise<void>;
  /** Makes the standby receive the log without applying it: it lags until {@link resumeReplay}. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
}

interface Server {
  readonly port: number;
  readonly files: string;
  process: ChildProcess | null;
}

/** Starts both, with an empty database of the name. */
export async function startServerPair(database: string): Promise<ServerPair> {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-servers-'));
  const binaries = await findPostgres(folder);
  const servers = [await createServer(folder, 'a'), await createServer(folder, 'b')] as const;
  whenFileEnds(async () => {
    await Promise.all(servers.map(kill));
    rmSync(folder, { recursive: true, force: true });
  });
  own(binaries, [folder]);
  initDataFolder(binaries, servers[0].files);

  let [primary, standby] = servers;
  const urlOf = (server: Server, name = database) => `postgres://postgres@${hostOf(server)}/${name}`;

  await run(binaries, primary);
  await onServer(urlOf(primary, 'postgres'), (sql) => sql.unsafe(`create database ${database}`));
  await follow(binaries, primary, standby);

  const pair: ServerPair = {
    hosts: [hostOf(servers[0]), hostOf(servers[1])],
    primary: () => (primary === servers[0] ? 0 : 1),
    primaryUrl: () => urlOf(primary),
    standbyUrl: () => urlOf(standby),
    async crash(downMs) {
      await kill(primary);
      await sleep(downMs);
      await run(binaries, primary);
    },
    async suspend(forMs) {
      const pids = processesOf(primary);
      signalAll(pids, 'SIGSTOP');
      await sleep(forMs);
      signalAll(pids, 'SIGCONT');
    },
    async failOver() {
      await pair.killPrimary();
      await pair.promote();
      await pair.rejoin();
    },
    killPrimary: () => kill(primary),
    async promote() {
      // Its commits wait for no standby until the other server is back.
      configure(binaries, standby, {});
      await onServer(urlOf(standby, 'postgres'), (sql) => sql`select pg_reload_conf(), pg_promote()`);
      [primary, standby] = [standby, primary];
    },
    async rejoin() {
      await kill(standby);
      rmSync(standby.files, { recursive: true, force: true });
      await follow(binaries, primary, standby);
    },
    async pauseReplay() {
      await onServer(urlOf(standby, 'postgres'), (sql) => sql`select pg_wal_replay_pause()`);
    },
    async resumeReplay() {
      await onServer(urlOf(standby, 'postgres'), (sql) => sql`select pg_wal_replay_resume()`);
    },
  };
  return pair;
}

async function createServer(folder: string, name: string): Promise<Server> {
  return { port: await freePort(), files: join(folder, name), process: null };
}

function hostOf({ port }: Server): string {
  return `127.0.0.1:${String(port)}`;
}

/** Makes the standby from the primary's files. Every commit of the primary waits for it from then on. */
async function follow(binaries: PostgresBinaries, primary: Server, standby: Server): Promise<void> {
  const url = `postgres://postgres@${hostOf(primary)}/postgres`;
  await onServer(url, async (sql) => {
    await sql`select pg_backup_start('standby', true)`;
    cpSync(primary.files, standby.files, {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !path.endsWith('postmaster.pid'),
      // The running server removes files meanwhile; the backup does not need them.
      force: true,
    });
    const [backup] = await sql<{ labelfile: string }[]>`select labelfile from pg_backup_stop(false)`;
    writeFileSync(join(standby.files, 'backup_label'), backup?.labelfile ?? '');
  });
  writeFileSync(join(standby.files, 'standby.signal'), '');
  configure(binaries, standby, {
    primary_conninfo: `host=127.0.0.1 port=${String(primary.port)} user=postgres`,
  });
  ownAll(binaries, standby.files);
  await run(binaries, standby);
  configure(binaries, primary, { synchronous_standby_names: '*' });
  await onServer(url, (sql) => sql`select pg_reload_conf()`);
}

/** Writes the settings that a server has beside those of {@link run}. */
function configure(
  binaries: PostgresBinaries,
  server: Server,
  settings: Readonly<Record<string, string>>,
): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  const path = join(server.files, 'postgresql.auto.conf');
  writeFileSync(path, lines.join(''));
  own(binaries, [path]);
}

async function run(binaries: PostgresBinaries, server: Server): Promise<void> {
  server.process = await runServer(binaries, server.files, server.port, {
    max_connections: '200',
    shared_buffers: '32MB',
    hot_standby: 'on',
    wal_keep_size: '256MB',
    wal_retrieve_retry_interval: '200ms',
  });
}

/** Ends a server as a crash does: nothing is written at the end, and its connections are gone. */
async function kill(server: Server): Promise<void> {
  const { process: child } = server;
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGQUIT');
  // A server whose replay is paused may ignore SIGQUIT.
  const late = setTimeout(() => child.kill('SIGKILL'), 2_000);
  await gone;
  clearTimeout(late);
  server.process = null;
}

/** The server's process and its children: one for each connection, and those that write. */
function processesOf({ process: child }: Server): readonly number[] {
  const { pid } = child ?? {};
  if (pid === undefined) return [];
  const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return [pid, ...children.split(' ').filter(Boolean).map(Number)];
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function onServer(url: string, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function ownAll({ owner }: PostgresBinaries, folder: string): void {
  if (owner.uid === undefined) return;
  execFileSync('chown', ['-R', `${String(owner.uid)}:${String(owner.gid ?? '')}`, folder]);
}
