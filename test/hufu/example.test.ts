// The server that docs/package.md quotes, started with the built package as a team starts it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { createHufu } from 'hufu';
import { expect, test } from 'vitest';

import { start } from '../../examples/package/server.js';
import { readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, register } from '../support/operations.js';
import { testSecret } from '../support/settings.js';
import { connect, subscribe } from '../support/socket.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { hufuOptions } from './harness.js';

test('HUFU-60 the server of docs/package.md MUST sign users in, guard its own fields and end its subscriptions', async () => {
  const server = await start(await createHufu(hufuOptions(await readyDatabase())));
  whenFileEnds(() => server.stop());
  const { url, webUrl } = server;
  const { token, user } = await register(url);
  const addNote = { query: 'mutation { addNote(text: "x") { text } }' };
  expect((await gql(url, { ...addNote, token })).data).toEqual({ addNote: { text: 'x' } });
  expect((await gql(url, { query: '{ me { notes { text } } }', token })).data).toEqual({
    me: { notes: [{ text: 'x' }] },
  });
  expect((await fetch(`${webUrl}/readyz`)).status).toBe(200);

  const socket = await connect(webUrl, token);
  subscribe(socket, 'ticks', 'subscription { ticks }');
  await socket.message('next');
  await login(url, user.email);
  expect(await socket.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
  const { errors } = await gql(url, { ...addNote, token });
  expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' });
});

test('HUFU-71 the main module of docs/package.md MUST exit with 0 at SIGTERM', async () => {
  const { env } = await readyDatabase();
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/package/main.ts'], {
    // In tests Apollo Server leaves signals alone.
    env: { PATH: process.env['PATH'], NODE_ENV: 'development', JWT_SECRET: testSecret, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = once(child, 'exit');
  whenFileEnds(async () => {
    child.kill('SIGKILL');
    await end;
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await expect.poll(() => output, { timeout: 60_000 }).toContain('The API is at');
  child.kill('SIGTERM');
  expect(await end).toEqual([0, null]);
});
