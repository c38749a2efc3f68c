// The reader of the log may be slow, stall, go away, or never have existed. The node serves, and ends on SIGTERM.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';

import { expect, test } from 'vitest';

import { databaseKind, readyDatabase } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { programPath } from '../support/programs.js';
import { testSettings } from '../support/settings.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

/** The database plays no part. */
const isOnce = databaseKind === 'postgres';

/** Starts a node whose standard output this process does not read. */
async function start(redirection: string, env: Record<string, string> = {}) {
  const port = await freePort();
  const settings = testSettings(await readyDatabase(), { LOG_LEVEL: 'info', PORT: String(port), ...env });
  const child = spawn('sh', ['-c', `exec "$0" "$1" ${redirection}`, process.execPath, programPath('main')], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  whenFileEnds(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const url = `http://127.0.0.1:${String(port)}`;
  const health = () =>
    fetch(`${url}/healthz`).then(
      ({ status }) => status,
      () => 0,
    );
  return { child, ended, url, health };
}

/** Causes more log lines than a pipe and the log's bound hold. */
async function flood(url: string, requests: number) {
  for (let sent = 0; sent < requests; sent += 100) {
    const batch = Array.from({ length: 100 }, () =>
      fetch(`${url}/healthz`, { headers: { 'x-request-id': 'x'.repeat(64) } }),
    );
    for (const answer of await Promise.all(batch)) await answer.arrayBuffer();
  }
}

test.runIf(isOnce).each(['production', 'development'])(
  'LOG-01 a node MUST serve and end on SIGTERM while nothing reads its log (%s)',
  { timeout: 90_000 },
  async (environment) => {
    const { child, ended, url, health } = await start('', {
      NODE_ENV: environment,
      SHUTDOWN_DELAY_SECONDS: '0',
    });
    // The pipe holds 64 KiB, and this process reads none of it.
    await expect.poll(health, { timeout: 30_000 }).toBe(200);
    await flood(url, 1_000);
    expect(await health()).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  },
);

test.runIf(isOnce)(
  'LOG-02 a node MUST keep serving after the reader of its log has gone',
  { timeout: 60_000 },
  async () => {
    const { child, ended, url, health } = await start('');
    await expect.poll(health, { timeout: 30_000 }).toBe(200);
    child.stdout.destroy();
    child.stderr.destroy();
    await flood(url, 300);
    expect(await health()).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  },
);

test.runIf(isOnce).each(['>&-', '>&- 2>&-', '>/dev/full'])(
  'LOG-03 a node MUST serve and end on SIGTERM with its output redirected by %s',
  { timeout: 60_000 },
  async (redirection) => {
    const { child, ended, url, health } = await start(redirection);
    await expect.poll(health, { timeout: 30_000 }).toBe(200);
    await flood(url, 100);
    expect(await health()).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  },
);
