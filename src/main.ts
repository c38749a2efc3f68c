// The process: settings from the environment, one node, and an orderly end.

import { type App, startApp } from './app.js';
import { type Config, ConfigError, readConfig, readEnvironment } from './config/index.js';
import { FolderInUse } from './db/pglite/dataDirLock.js';
import { FolderUnusable } from './db/pglite/dataDirUnusable.js';
import { DatabaseRefused } from './db/migrateOnStart.js';
import { TrustedDocumentsUnreadable } from './graphql/persisted/trustedDocuments.js';
import { StoredSecretUnusable } from './config/localSecret.js';

/** The longest that a stop may take, in milliseconds; then the process ends whatever still runs. */
const longestStopMs = 9_500;

/** How often a process that npm started looks whether npm is still there, in milliseconds. */
const parentWatchMs = 250;

async function main(): Promise<void> {
  const config = readConfig(readEnvironment());
  // Before anything listens: a signal that comes early must not leave a half-started process behind.
  const stopping = new AbortController();
  const stopRequested = new Promise<void>((resolve) => {
    const request = () => {
      stopping.abort();
      resolve();
    };
    process.once('SIGTERM', request);
    process.once('SIGINT', request);
    if (config.startedByNpm) watchParent(request);
  });
  const app = await startApp(config, { signal: stopping.signal }).catch((error: unknown) => {
    // It may wait for another node's migration when it is told to stop; nobody has been served yet.
    if (stopping.signal.aborted) process.exit(0);
    throw explained(error, config);
  });
  await stopRequested;
  await stop(app);
}

/** A signal to `npm start` ends npm and its shell, which do not pass it on: they are gone, so this process stops. */
function watchParent(gone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, parentWatchMs);
  timer.unref();
}

async function stop(app: App): Promise<void> {
  setTimeout(() => process.exit(0), longestStopMs).unref();
  await app.stop();
  process.exit(0);
}

/** Puts an operator's mistake into words that name the setting; leaves any other error as it is. */
function explained(error: unknown, { metricsPort, host }: Config): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const { code } = error;
  const port = 'port' in error ? Number(error.port) : null;
  const setting = port === metricsPort ? 'METRICS_PORT' : 'PORT';
  if (code === 'EADDRINUSE') {
    return new ConfigError(
      `${setting}: ${String(port)} is in use on ${host}. Stop what listens there, or set another ${setting}.`,
    );
  }
  // A file may be refused to this user as well.
  if (code === 'EACCES' && isOfPort(error))
    return new ConfigError(`${setting}: this user may not listen on ${String(port)}. Set one above 1023.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new ConfigError(
      'HOST: this machine has no such address. Set 127.0.0.1, or 0.0.0.0 for every interface.',
    );
  }
  return error;
}

function isOfPort(error: Error): boolean {
  return 'syscall' in error && error.syscall === 'listen';
}

try {
  await main();
} catch (error) {
  const mistakes = [
    ConfigError,
    FolderInUse,
    FolderUnusable,
    StoredSecretUnusable,
    DatabaseRefused,
    TrustedDocumentsUnreadable,
  ];
  const expected = error instanceof Error && mistakes.some((mistake) => error instanceof mistake);
  process.stderr.write(
    `${expected ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exit(1);
}
