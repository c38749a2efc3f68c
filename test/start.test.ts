// How nodes start: several at once, and under npm.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import postgres from 'postgres';
import { describe, expect, it } from 'vitest';

import { startApp } from '../src/app.js';
import { readConfig } from '../src/config/index.js';
import { createLog } from '../src/observability/log.js';
import { whenFileEnds } from './support/whenFileEnds.js';
import { databaseKind, freshDatabase, readyDatabase } from './support/database.js';
import { gql } from './support/gql.js';
import { meOperation, register } from './support/operations.js';
import { testSettings } from './support/settings.js';
import { spawnNode } from './support/spawnNode.js';
import { startCommand } from './support/startCommand.js';

describe.runIf(databaseKind === 'postgres')('START-01 several nodes on one empty database', () => {
  it("MUST all start, and accept one another's sessions", { timeout: 60_000 }, async () => {
    const database = await freshDatabase();
    const nodes = await Promise.all([1, 2, 3, 4].map(() => spawnNode({ database })));
    const [first] = nodes;
    if (first === undefined) throw new Error('no node');
    const { token } = await register(first.url);
    const answers = await Promise.all(nodes.map(({ url }) => gql(url, { query: meOperation, token })));
    expect(answers.map(({ errors }) => errors)).toEqual([[], [], [], []]);
  });
});

describe.runIf(databaseKind === 'postgres')('START-03 a node that waits for another to migrate', () => {
  it('MUST end within 5 s of SIGTERM', { timeout: 60_000 }, async () => {
    const database = await freshDatabase();
    const sql = postgres(database.env['DATABASE_URL'] ?? '', { max: 1 });
    whenFileEnds(() => sql.end({ timeout: 1 }));
    // A migrating node holds this lock.
    await sql`select pg_advisory_lock(4876871)`;

    const node = spawn(process.execPath, startCommand().slice(1), {
      env: { PATH: process.env['PATH'], ...testSettings(database, { LOG_LEVEL: 'info' }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [node.stdout, node.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(node, 'exit');
    const waits = async () =>
      (
        await sql`select from pg_stat_activity where datname = current_database() and query like '%try_advisory%' and pid <> pg_backend_pid()`
      ).length;
    await expect.poll(waits, { timeout: 20_000 }).toBe(1);

    const signalledAt = performance.now();
    node.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - signalledAt).toBeLessThan(5_000);
    expect(output).toBe('');
  });
});

describe('START-05 a node that is aborted before it has opened its database', () => {
  it('MUST NOT start', async () => {
    const config = readConfig(testSettings(await readyDatabase(), {}));
    const reason = new Error('aborted');
    const parts = { signal: AbortSignal.abort(reason), log: createLog('silent', false) };
    await expect(startApp(config, parts)).rejects.toBe(reason);
  });
});

describe('START-02 a signal to npm alone', () => {
  it('MUST stop the node that npm has started', { timeout: 60_000 }, async () => {
    const env = { PATH: process.env['PATH'], ...testSettings(await freshDatabase(), { LOG_LEVEL: 'info' }) };
    // Without the build of the `prestart` script: it would overwrite the files that other tests run.
    const npm = spawn('npm', ['start', '--ignore-scripts'], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    whenFileEnds(() => {
      if (npm.exitCode === null && npm.signalCode === null) process.kill(-(npm.pid ?? 0), 'SIGKILL');
      return Promise.resolve();
    });
    let output = '';
    npm.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const closed = once(npm.stdout, 'close');
    const url = () => /ready at (http:\/\/[^\s/]+)\//.exec(output)?.[1];
    await expect.poll(url, { timeout: 30_000 }).toBeDefined();
    expect((await fetch(new URL('/healthz', url()))).status).toBe(200);

    npm.kill('SIGTERM');
    // The node holds the pipe open for as long as it lives.
    await closed;
    await expect(fetch(new URL('/healthz', url()))).rejects.toThrow();
  });
});

describe('START-04 the built program', () => {
  it('MUST NOT load modules from which it takes only types: some libraries take 0.3 s to load', () => {
    const files = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.js'),
    );
    expect(files.length).toBeGreaterThan(100);
    const text = (file: string) => readFileSync(join('dist', file), 'utf8');
    expect(files.filter((file) => /^import \{\s*\} from/m.test(text(file)))).toEqual([]);
  });
});
