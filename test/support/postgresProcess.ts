// A PostgreSQL server from npm's binaries in a temporary folder, on a loopback port. It ends with the process that started it,
// even a killed one.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { ramDisk } from './ramDisk.js';
import { freePort } from './freePort.js';
import { findPostgres, type PostgresBinaries } from './postgresBinaries.js';

export interface StartedPostgres {
  /** The URL of a role that may create databases. */
  readonly url: string;
  /** The postmaster's. */
  readonly pid: number;
  /** Ends the server as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on its files, after {@link StartedPostgres.kill}. */
  startAgain(): Promise<void>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

/** By the names of postgresql.conf. */
type Settings = Readonly<Record<string, string>>;

const common: Settings = { unix_socket_directories: '', lc_messages: 'C' };

const startTimeoutMs = 30_000;

/** A server's own certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * @param certificate makes the server speak TLS to every client that asks for it
 * @param standby makes it refuse writes until it is promoted
 * @throws when npm has no binaries for this machine, or the server does not start
 */
export async function startPostgres(
  settings: Settings,
  certificate: Certificate | null = null,
  standby = false,
): Promise<StartedPostgres> {
  // A server that syncs its files needs them on a disk, to survive a crash.
  const home = settings['fsync'] === 'off' ? ramDisk : tmpdir();
  const folder = mkdtempSync(join(home, 'hufu-postgres-'));
  try {
    return await start(folder, settings, certificate, standby);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(
  folder: string,
  settings: Settings,
  certificate: Certificate | null,
  standby: boolean,
): Promise<StartedPostgres> {
  const binaries = await findPostgres(folder);
  const files = join(folder, 'data');
  const tls = certificate === null ? {} : writeCertificate(folder, certificate);
  own(binaries, [folder, ...Object.values(tls)]);
  initDataFolder(binaries, files);
  if (standby) writeFileSync(join(files, 'standby.signal'), '');
  const port = await freePort();
  const all = { ...settings, ...(certificate === null ? {} : { ssl: 'on', ...tls }) };
  let server = await runServer(binaries, files, port, all);
  return {
    url: `postgres://postgres@127.0.0.1:${String(port)}/postgres`,
    get pid() {
      return server.pid ?? 0;
    },
    kill: () => end(server, 'SIGQUIT'),
    async startAgain() {
      server = await runServer(binaries, files, port, all);
    },
    async stop() {
      await end(server, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes the files of a server that trusts every connection. */
export function initDataFolder(binaries: PostgresBinaries, files: string): void {
  mkdirSync(files);
  own(binaries, [files]);
  const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  execFileSync(binaries.initdb, [`--pgdata=${files}`, ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
    ...binaries.owner,
  });
}

/** Gives files to the user that runs the server. */
export function own({ owner }: PostgresBinaries, paths: readonly string[]): void {
  if (owner.uid === undefined) return;
  for (const path of paths) chownSync(path, owner.uid, owner.gid ?? -1);
}

/** Writes the files and returns the settings that name them. */
function writeCertificate(folder: string, { cert, key }: Certificate): Settings {
  const files = { ssl_cert_file: join(folder, 'server.crt'), ssl_key_file: join(folder, 'server.key') };
  writeFileSync(files.ssl_cert_file, cert);
  writeFileSync(files.ssl_key_file, key, { mode: 0o600 });
  return files;
}

/** Runs a server on its files, the only content of their folder; both are gone when this process ends. */
export async function runServer(
  binaries: PostgresBinaries,
  files: string,
  port: number,
  settings: Settings,
): Promise<ChildProcess> {
  const options = Object.entries({ ...common, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const server = spawn(binaries.postgres, ['-D', files, '-h', '127.0.0.1', '-p', String(port), ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...binaries.owner,
  });
  watch(server, dirname(files));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const fail = () => {
      clearTimeout(timer);
      server.kill('SIGKILL');
      reject(new Error(`PostgreSQL did not start:\n${said}`));
    };
    const timer = setTimeout(fail, startTimeoutMs);
    server.once('error', fail);
    server.once('exit', fail);
    server.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000);
      if (!/ready to accept (?:read-only )?connections/.test(said)) return;
      clearTimeout(timer);
      server.off('exit', fail);
      resolve();
    });
  });
  return server;
}

/** Has a shell stop the server when its input ends, which it does with this process: a killed process stops nothing itself. */
function watch(server: ChildProcess, folder: string): void {
  if (process.platform === 'win32') return;
  const script = 'cat >/dev/null; kill -QUIT "$1" 2>/dev/null && sleep 1; rm -rf "$2"';
  const guard = spawn('sh', ['-c', script, 'sh', String(server.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
}

async function end(server: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill(signal);
  await once(server, 'exit');
}
