// Hufu as a package in the servers that teams use: the examples run beside the tarball that npm would publish.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { beforeAll, describe, expect, it, vi } from 'vitest';

import { databaseKind, freshDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, meOperation, register } from '../support/operations.js';
import { testSecret } from '../support/settings.js';
import { connect, subscribe } from '../support/socket.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

/** Installs the packed package into a folder, with the packages of the checkout beside it. */
function install(): string {
  const folder = temporaryFolder();
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'hufu'), { recursive: true });
  for (const name of readdirSync('node_modules'))
    symlinkSync(resolve('node_modules', name), join(modules, name));
  // The global setup has built what is packed.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]);
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['-xzf', join(folder, tarball), '-C', join(modules, 'hufu'), '--strip-components=1']);
  cpSync('examples/hosts', join(folder, 'hosts'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  // NestJS needs them.
  writeFileSync(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "experimentalDecorators": true } }');
  return folder;
}

/** The line that says where each host is. */
const hasStarted = /^\{"apollo.*\}$/m;

const placeOrder = 'mutation { placeOrder(item: "rope") { id orders } }';

describe.runIf(databaseKind === 'postgres')('the hosts of examples/', () => {
  let urls: Readonly<Record<string, string>> = {};
  let child: ChildProcess;
  let output = '';

  beforeAll(async () => {
    const { env } = await freshDatabase();
    const url = env['DATABASE_URL'];
    const options = {
      environment: 'test',
      database: { url },
      tokens: { secret: testSecret },
      rateLimits: null,
    };
    child = spawn(process.execPath, ['--import', 'tsx', 'hosts/all.ts', JSON.stringify(options)], {
      cwd: install(),
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        JWT_SECRET: testSecret,
        RATE_LIMITS: 'off',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const listen = (chunk: Buffer) => (output += chunk.toString());
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    const gone = once(child, 'exit');
    whenFileEnds(async () => {
      child.kill('SIGKILL');
      await gone;
    });
    await vi.waitUntil(() => hasStarted.test(output) || child.exitCode !== null, { timeout: 100_000 });
    const [line] = hasStarted.exec(output) ?? [];
    if (line === undefined) throw new Error(output);
    urls = JSON.parse(line) as typeof urls;
  }, 180_000);

  const names = ['apollo-standalone', 'express', 'fastify', 'yoga', 'envelop', 'nestjs', 'nextjs'];

  it.each(names)(
    'HOSTS-01 %s MUST serve accounts, and the types of a team behind requireUser',
    async (name) => {
      const url = urls[name] ?? '';
      const ann = await register(url);
      expect((await gql(url, { query: placeOrder, token: ann.token })).data).toEqual({
        placeOrder: { id: ann.user.id, orders: ['rope'] },
      });
      await login(url, ann.user.email);
      for (const query of [placeOrder, meOperation]) {
        const { errors } = await gql(url, { query, token: ann.token });
        expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' });
      }
    },
  );

  it.each(['express', 'fastify', 'yoga', 'nestjs'])(
    'HOSTS-02 %s MUST end a subscription of a team with the session',
    async (name) => {
      const url = urls[name] ?? '';
      const ann = await register(url);
      const socket = await connect(url, ann.token);
      subscribe(socket, 'orders', 'subscription { orderPlaced }');
      // Until the subscription has begun, an order is not for it.
      await expect
        .poll(async () => {
          await gql(url, { query: placeOrder, token: ann.token });
          return socket.messages.find(({ type }) => type === 'next')?.payload;
        })
        .toEqual({ data: { orderPlaced: 'rope' } });
      await login(url, ann.user.email);
      expect(await socket.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
    },
  );

  it('HOSTS-04 what @authenticated guards MUST know the user, and say why a session has ended', async () => {
    const url = urls['envelop'] ?? '';
    const query = '{ myOrders }';
    const ann = await register(url);
    await gql(url, { query: placeOrder, token: ann.token });
    expect((await gql(url, { query, token: ann.token })).data).toEqual({ myOrders: ['rope'] });
    await login(url, ann.user.email);
    for (const [known, reason] of [
      [{ token: ann.token }, 'SUPERSEDED'],
      [{}, 'NO_TOKEN'],
    ] as const) {
      const { errors } = await gql(url, { query, ...known });
      expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason });
    }
  });

  it('HOSTS-03 all MUST stop, and leave nothing running', async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await gone, output).toEqual([0, null]);
    expect(output).toMatch(/^stopped$/m);
  });
});
