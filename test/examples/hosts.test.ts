// The example servers of teams, with Hufu as a package and over hufu/remote, beside the tarball that npm would publish.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { beforeAll, describe, expect, it, vi } from 'vitest';

import { databaseKind, freshDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, meOperation, register } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
import { testSecret } from '../support/settings.js';
import { connect, subscribe } from '../support/socket.js';
import { startNode } from '../support/startNode.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

/** Installs the packed package into a folder, with the packages of the checkout beside it. */
function install(): string {
  const folder = temporaryFolder();
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'hufu'), { recursive: true });
  for (const name of readdirSync('node_modules'))
    symlinkSync(resolve('node_modules', name), join(modules, name));
  // The global setup has built the files that npm packs.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]);
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['-xzf', join(folder, tarball), '-C', join(modules, 'hufu'), '--strip-components=1']);
  cpSync('examples/hosts', join(folder, 'hosts'), { recursive: true });
  // A team that moves to hufu/remote changes its imports and nothing else in these files.
  cpSync('examples/hosts', join(folder, 'moved'), { recursive: true });
  for (const file of ['orders.ts', 'nestjs/auth.ts', 'nestjs/orders.ts'].map((name) =>
    join(folder, 'moved', name),
  ))
    writeFileSync(file, readFileSync(file, 'utf8').replace(" from 'hufu'", " from 'hufu/remote'"));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  // NestJS needs them.
  writeFileSync(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "experimentalDecorators": true } }');
  return folder;
}

/** The line with the URL of each host. */
const hasStarted = /^\{"(?:apollo|remote).*\}$/m;

const placeOrder = 'mutation { placeOrder(item: "rope") { id orders } }';

interface Hosts {
  readonly urls: Readonly<Record<string, string>>;
  readonly child: ChildProcess;
  readonly output: () => string;
}

async function startHosts(folder: string, program: string, options: object, env: object): Promise<Hosts> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(options)], {
    cwd: folder,
    env: { PATH: process.env['PATH'], NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const gather = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', gather);
  child.stderr.on('data', gather);
  const gone = once(child, 'exit');
  whenFileEnds(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  await vi.waitUntil(() => hasStarted.test(output) || child.exitCode !== null, { timeout: 100_000 });
  const [line] = hasStarted.exec(output) ?? [];
  if (line === undefined) throw new Error(output);
  return { urls: JSON.parse(line) as Hosts['urls'], child, output: () => output };
}

describe.runIf(databaseKind === 'postgres')('the hosts of examples/', () => {
  let hosts: readonly Hosts[] = [];
  let accountsUrl = '';
  let folder = '';

  beforeAll(async () => {
    const database = await freshDatabase();
    const url = database.env['DATABASE_URL'];
    const options = {
      environment: 'test',
      database: { url },
      tokens: { secret: testSecret },
      rateLimits: null,
    };
    const node = await startNode({ database, env: { INTEGRATIONS: 'introspect,feed' } });
    accountsUrl = node.url;
    const key = await serviceKey(node, 'hosts', ['introspect', 'explain', 'feed']);
    folder = install();
    hosts = await Promise.all([
      startHosts(folder, 'hosts/all.ts', options, {
        JWT_SECRET: testSecret,
        RATE_LIMITS: 'off',
        ...database.env,
      }),
      startHosts(folder, 'moved/remote/all.ts', { url: node.url, serviceKey: key }, {}),
    ]);
  }, 180_000);

  /** Gives the URL of a host and that of its accounts, which differ only over hufu/remote. */
  const urlsOf = (name: string) => {
    const url = hosts.map(({ urls }) => urls[name]).find((found) => found !== undefined) ?? '';
    return { url, accounts: name.startsWith('remote/') ? accountsUrl : url };
  };

  const names = ['apollo-standalone', 'express', 'fastify', 'yoga', 'envelop', 'nestjs', 'nextjs'];
  const withSockets = ['express', 'fastify', 'yoga', 'nestjs'];
  const remotes = ['remote/yoga', 'remote/nestjs'];

  it.each([...names, ...remotes])(
    "HOSTS-01 %s MUST serve accounts, and guard the team's own fields with requireUser",
    async (name) => {
      const { url, accounts } = urlsOf(name);
      const ann = await register(accounts);
      expect((await gql(url, { query: placeOrder, token: ann.token })).data).toEqual({
        placeOrder: { id: ann.user.id, orders: ['rope'] },
      });
      await login(accounts, ann.user.email);
      for (const query of [placeOrder, meOperation]) {
        const { errors } = await gql(url, { query, token: ann.token });
        expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' });
      }
    },
  );

  it.each([...withSockets, ...remotes])(
    "HOSTS-02 %s MUST end a team's subscription over a websocket with the session",
    async (name) => {
      const { url, accounts } = urlsOf(name);
      const ann = await register(accounts);
      const socket = await connect(url, ann.token);
      subscribe(socket, 'orders', 'subscription { orderPlaced }');
      // Repeats the order, since an order before the subscription has begun is not sent to it.
      await expect
        .poll(async () => {
          await gql(url, { query: placeOrder, token: ann.token });
          return socket.messages.find(({ type }) => type === 'next')?.payload;
        })
        .toEqual({ data: { orderPlaced: 'rope' } });
      await login(accounts, ann.user.email);
      expect(await socket.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
    },
  );

  it.each(names)(
    'HOSTS-06 %s MUST limit the root fields of a document over every transport',
    async (name) => {
      const { url } = urlsOf(name);
      const fields = Array.from({ length: 65 }, (_, at) => `a${String(at)}: __typename`);
      const query = `{ ${fields.join(' ')} }`;
      const refusal = { message: 'The operation asks for too many fields at its top: 64 are allowed.' };
      expect((await gql(url, { query })).errors).toMatchObject([refusal]);
      if (!withSockets.includes(name)) return;
      const socket = await connect(url);
      subscribe(socket, 'many', query);
      expect((await socket.message('error')).payload).toMatchObject([refusal]);
    },
  );

  it.each(['yoga', 'envelop', 'remote/yoga'])(
    "HOSTS-07 %s MUST end a team's subscription over server-sent events with the session",
    async (name) => {
      const { url, accounts } = urlsOf(name);
      const ann = await register(accounts);
      const response = await fetch(new URL('/graphql', url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: `Bearer ${ann.token}`,
        },
        body: JSON.stringify({ query: 'subscription { orderPlaced }' }),
      });
      let received = '';
      const ended = (async () => {
        for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) received += text;
      })();
      await expect
        .poll(async () => {
          await gql(url, { query: placeOrder, token: ann.token });
          return received;
        })
        .toContain('{"data":{"orderPlaced":"rope"}}');
      await login(accounts, ann.user.email);
      await ended;
      expect(received).toMatch(/event: complete/);
    },
  );

  it('HOSTS-04 a field with @authenticated MUST get the user, and refuse an ended session with its reason', async () => {
    const { url } = urlsOf('envelop');
    const query = '{ myOrders }';
    const ann = await register(url);
    await gql(url, { query: placeOrder, token: ann.token });
    expect((await gql(url, { query, token: ann.token })).data).toEqual({ myOrders: ['rope'] });
    await login(url, ann.user.email);
    for (const [credentials, reason] of [
      [{ token: ann.token }, 'SUPERSEDED'],
      [{}, 'NO_TOKEN'],
    ] as const) {
      const { errors } = await gql(url, { query, ...credentials });
      expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason });
    }
  });

  it('HOSTS-05 Vite MUST build the front end with the packed package', () => {
    const vite = join(folder, 'node_modules/vite/bin/vite.js');
    const cwd = join(folder, 'hosts/vite-react');
    execFileSync(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd, encoding: 'utf8' });
    expect(readdirSync(join(cwd, 'dist')).sort()).toEqual(['assets', 'index.html']);
  });

  it('HOSTS-08 the command of docs/hosts.md MUST serve a host with the settings of a node, and exit with 0 at SIGTERM', async () => {
    const [command = ''] = readFileSync(join(folder, 'hosts/start.sh'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-1);
    const database = await freshDatabase();
    const child = spawn(join(folder, 'node_modules/.bin/tsx'), [...command.split(' ').slice(2), '0'], {
      cwd: join(folder, 'hosts'),
      env: { PATH: process.env['PATH'], NODE_ENV: 'test', JWT_SECRET: testSecret, ...database.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const gather = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on('data', gather);
    child.stderr.on('data', gather);
    const gone = once(child, 'exit');
    whenFileEnds(async () => {
      child.kill('SIGKILL');
      await gone;
    });
    const isUp = /^express is at (\S+)$/m;
    await vi.waitUntil(() => isUp.test(output) || child.exitCode !== null, { timeout: 60_000 });
    const [, url = ''] = isUp.exec(output) ?? [];
    const ann = await register(url);
    expect((await gql(url, { query: placeOrder, token: ann.token })).data).toMatchObject({
      placeOrder: { orders: ['rope'] },
    });
    child.kill('SIGTERM');
    expect(await gone, output).toEqual([0, null]);
  });

  it('HOSTS-03 all hosts MUST stop at SIGTERM, and leave nothing that keeps the process', async () => {
    await Promise.all(
      hosts.map(async ({ child, output }) => {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        expect(await gone, output()).toEqual([0, null]);
        expect(output()).toMatch(/^stopped$/m);
        // Nest logs an error of a guard as a fault unless a filter catches it.
        expect(output()).not.toContain('ExceptionsHandler');
      }),
    );
  });
});
