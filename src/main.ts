// The process: settings from the environment, one node, and an orderly end.

import './common/checkNode.js';

import { type App, startApp } from './app.js';
import { failureText, OperatorError } from './common/errors.js';
import { type Config, readProcessConfig } from './config/index.js';
import { endProcess } from './observability/log.js';
import { createTeam } from './team/index.js';

/** The longest that a stop may take after its delay, in milliseconds; then the process ends, whatever still runs. */
const maxStopMs = 9_500;

/** How often a process that npm started checks whether npm still runs, in milliseconds. */
const parentWatchMs = 250;

async function main(): Promise<void> {
  // Files in the data folder are for this user alone: the database, mails that were not sent.
  process.umask(0o077);
  const config = readProcessConfig();
  // Before anything listens: a signal that comes early must not leave a half-started process behind.
  const stopping = new AbortController();
  const stopRequested = new Promise<void>((resolve) => {
    const request = () => {
      stopping.abort();
      resolve();
    };
    // Not once: the next signal would end the process at once, with requests that it has accepted.
    process.on('SIGTERM', request);
    process.on('SIGINT', request);
    if (config.startedByNpm) watchParent(request);
  });
  const app = await startApp(config, { team: createTeam(config.team), signal: stopping.signal }).catch(
    (error: unknown) => {
      // A stop may come while the node waits for another node's migration; it has served no request yet.
      if (stopping.signal.aborted) process.exit(0);
      throw explained(error, config);
    },
  );
  await stopRequested;
  await stop(app, config);
}

/** Stops when npm has ended: a signal to `npm start` ends npm and its shell, which do not pass it on. */
function watchParent(gone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, parentWatchMs);
  timer.unref();
}

async function stop(app: App, { http: { shutdownDelaySeconds } }: Config): Promise<void> {
  setTimeout(() => void endProcess(0), shutdownDelaySeconds * 1_000 + maxStopMs).unref();
  await app.stop();
  await endProcess(0);
}

/** The system's codes for a host that it cannot listen on. */
const noSuchHost = new Set<unknown>(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EAFNOSUPPORT', 'EINVAL']);

/** Names the setting that a failure to listen is about; any other error stays as it is. */
function explained(error: unknown, { http: { host }, metrics }: Config): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const { code } = error;
  const port = 'port' in error ? Number(error.port) : null;
  const setting = port === metrics?.port ? 'METRICS_PORT' : 'PORT';
  const address = 'address' in error ? error.address : 'hostname' in error ? error.hostname : undefined;
  if (code === 'EADDRINUSE') {
    return new OperatorError(
      setting,
      `${String(port)} is in use on ${typeof address === 'string' ? address : host}. Stop what listens there, or set ` +
        `another ${setting}.`,
      error,
    );
  }
  // EACCES may also be about a file.
  if (code === 'EACCES' && isOfPort(error))
    return new OperatorError(
      setting,
      `this user may not listen on ${String(port)}. Set one above 1023.`,
      error,
    );
  if (noSuchHost.has(code)) {
    const hostSetting = address === metrics?.host && address !== host ? 'METRICS_HOST' : 'HOST';
    return new OperatorError(
      hostSetting,
      'this machine has no such address. Set 127.0.0.1, or 0.0.0.0 for every interface.',
      error,
    );
  }
  return error;
}

function isOfPort(error: Error): boolean {
  return 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'bind');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${failureText(error)}\n`);
  process.exit(1);
}
