// A Hufu in a team's process from start to stop: two of them side by side, hooks in its transactions, databases it cannot use.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { eq } from 'drizzle-orm';
import { graphql } from 'graphql';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';

import { users } from '../../src/db/schema/index.js';
import { createHufu, type Hufu } from '../../src/index.js';
import { createMailbox } from '../../src/testing/mailbox.js';
import { databaseKind, freshDatabase, readyDatabase } from '../support/database.js';
import { rowsOf } from '../support/rows.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { hufuOptions, silent, startHufu } from './harness.js';

const password = 'correct horse battery staple';
const anonymous = {
  headers: {},
  rawHeaders: [],
  socket: { remoteAddress: '192.0.2.1', destroyed: false },
} as never;
const request = (token?: string) =>
  token === undefined ? anonymous : { headers: new Headers({ authorization: `Bearer ${token}` }) };

/** Executes an operation in the process. */
async function run(hufu: Hufu, source: string, token?: string) {
  const contextValue = await hufu.context(request(token));
  const { data, errors = [] } = await graphql({ schema: hufu.schema, source, contextValue });
  return { data: data as Record<string, Record<string, string> | null> | null, errors };
}

const registering = (email: string) =>
  `mutation { register(input: { email: "${email}", password: "${password}" }) {
    __typename ... on RegisterSuccess { token user { id } } } }`;

async function tokenOf(hufu: Hufu, email: string): Promise<string> {
  return (await run(hufu, registering(email))).data?.['register']?.['token'] ?? '';
}

test('HUFU-50 two Hufus in one process MUST share nothing', async () => {
  const [oneRegistry, otherRegistry] = [new Registry(), new Registry()];
  const one = await startHufu({ registry: oneRegistry });
  const other = await startHufu({ registry: otherRegistry, session: { limit: 0 } });
  const token = await tokenOf(one, 'ann@example.com');
  const otherToken = await tokenOf(other, 'ann@example.com');
  expect((await run(one, '{ me { email } }', token)).data?.['me']).toEqual({ email: 'ann@example.com' });
  const [error] = (await run(other, '{ me { email } }', token)).errors;
  expect(error?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'INVALID_TOKEN' });
  expect(await oneRegistry.metrics()).toContain(
    'hufu_mutation_results_total{field="register",result="RegisterSuccess"} 1',
  );
  expect(await oneRegistry.metrics()).not.toContain('hufu_rejected_tokens_total{');

  await one.stop();
  expect(await oneRegistry.metrics()).not.toContain('hufu_');
  // The other one still works, and so do its hashing threads.
  expect(await tokenOf(other, 'bob@example.com')).not.toBe('');
  expect((await run(other, '{ me { email } }', otherToken)).data?.['me']).toEqual({
    email: 'ann@example.com',
  });
});

test('HUFU-51 a hook that throws MUST prevent the account', async () => {
  const seen: string[] = [];
  const hufu = await startHufu({
    on: {
      registered: (_tx, user) => {
        seen.push(user.email);
        return user.email.startsWith('no')
          ? Promise.reject(new Error('the team has no room'))
          : Promise.resolve();
      },
    },
  });
  const refused = await run(hufu, registering('no@example.com'));
  expect(refused.errors[0]?.extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  expect(refused.errors[0]?.message).not.toContain('room');
  expect(await hufu.users.find('no@example.com')).toBeNull();
  expect(await tokenOf(hufu, 'yes@example.com')).not.toBe('');
  expect(seen).toEqual(['no@example.com', 'yes@example.com']);
});

test('HUFU-56 a hook that throws MUST prevent an account that waited for its e-mail, completed on the device or on the page', async () => {
  const database = await readyDatabase();
  const mailbox = createMailbox();
  let hasRoom = false;
  const hufu = await startHufu(
    {
      app: { publicUrl: 'https://sun.example' },
      auth: { requireVerifiedEmail: true },
      sendMail: mailbox.send,
      on: {
        registered: () => (hasRoom ? Promise.resolve() : Promise.reject(new Error('the team has no room'))),
      },
    },
    database,
  );
  /** Starts a registration, and gives its challenge and the token of the link in its mail. */
  const begin = async (email: string) => {
    const { data } = await run(
      hufu,
      `mutation { register(input: { email: "${email}", password: "${password}" }) {
        ... on VerificationRequested { challenge { token } } } }`,
    );
    const { token } = data?.['register']?.['challenge'] as unknown as { readonly token: string };
    const { link } = await mailbox.next(email);
    return { challengeToken: token, linkToken: link?.token ?? '' };
  };
  const ofDevice = await begin('ann@example.com');
  const ofPage = await begin('bob@example.com');
  const onDevice = () =>
    run(
      hufu,
      `mutation { completeRegistration(input: {
        challengeToken: "${ofDevice.challengeToken}", linkToken: "${ofDevice.linkToken}" }) { __typename } }`,
    );
  const onPage = async () => {
    const body = new URLSearchParams({ token: ofPage.linkToken, password });
    const page = new Request('https://sun.example/link/completeRegistration', { method: 'POST', body });
    return (await hufu.fetch(page))?.status;
  };

  expect((await onDevice()).errors[0]?.extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  expect(await onPage()).toBe(500);
  const written = 'select id from hufu.users union all select id from hufu.sessions';
  expect(await rowsOf(database, written)).toEqual([]);
  // Neither failure has used up its registration.
  hasRoom = true;
  expect((await onDevice()).data).toMatchObject({ completeRegistration: { __typename: 'RegisterSuccess' } });
  expect(await onPage()).toBe(200);
});

test('HUFU-57 only the function that calls the hook MUST insert accounts', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const writing = sources.filter((name) => readFileSync(join('src', name), 'utf8').includes('insert(users)'));
  expect(writing).toEqual([join('auth', 'newAccount.ts')]);
});

test('HUFU-58 the hook of a deletion MUST run in its transaction, and prevent it by throwing', async () => {
  /** Whether the hook saw the deletion in its transaction, for each call. */
  const seen: boolean[] = [];
  let isKept = true;
  const hufu = await startHufu({
    on: {
      deleted: async (tx, userId) => {
        const [row] = await tx.select({ deletedAt: users.deletedAt }).from(users).where(eq(users.id, userId));
        seen.push(row !== undefined && row.deletedAt !== null);
        if (isKept) throw new Error('an order is open');
      },
    },
  });
  const token = await tokenOf(hufu, 'ann@example.com');
  const remove = () => run(hufu, 'mutation { deleteAccount { __typename } }', token);
  expect((await remove()).errors[0]?.extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  expect((await run(hufu, '{ me { email } }', token)).data?.['me']).toEqual({ email: 'ann@example.com' });
  isKept = false;
  expect((await remove()).data).toEqual({ deleteAccount: { __typename: 'DeleteAccountSuccess' } });
  expect(await hufu.users.find('ann@example.com')).toBeNull();
  expect(seen).toEqual([true, true]);
});

test('HUFU-52 a team MUST disable and enable an account through hufu.users', async () => {
  const hufu = await startHufu();
  const token = await tokenOf(hufu, 'ann@example.com');
  await hufu.users.disable('ann@example.com');
  const [error] = (await run(hufu, '{ me { id } }', token)).errors;
  expect(error?.extensions).toMatchObject({ reason: 'ACCOUNT_DISABLED' });
  expect(await hufu.users.enable('ann@example.com')).toMatchObject({ disabledAt: null, live: [] });
});

describe('HUFU-53 a stop', () => {
  test('MUST answer the requests that have begun and refuse later ones as unavailable', async () => {
    const hufu = await startHufu();
    const token = await tokenOf(hufu, 'ann@example.com');
    const begun = run(hufu, registering('bob@example.com'));
    await new Promise(setImmediate);
    const stopping = hufu.stop();
    expect(hufu.stop()).toBe(stopping);
    const { data, errors } = await begun;
    const code = errors[0]?.extensions['code'];
    expect(data?.['register']?.['__typename'] ?? code).toMatch(/^(?:RegisterSuccess|SERVICE_UNAVAILABLE)$/);
    await stopping;
    const late = await run(hufu, '{ me { id } }', token);
    expect(late.errors[0]?.extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    const page = await hufu.fetch(new Request('http://localhost/readyz'));
    expect(page?.status).toBe(503);
  });

  test('MUST refuse later requests as unavailable over an embedded database as well', async () => {
    const hufu = await createHufu({ environment: 'test', database: temporaryFolder(), log: silent });
    const token = await tokenOf(hufu, 'ann@example.com');
    await hufu.stop();
    const late = await run(hufu, '{ me { id } }', token);
    expect(late.errors[0]?.extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    const signIn = await run(hufu, registering('bob@example.com'));
    expect(signIn.errors[0]?.extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(hufu.users.find('ann@example.com')).rejects.toThrow(/^The database cannot be reached\.$/);
    expect(await hufu.ready()).toBe(false);
  });

  test('MUST leave no handle, timer or thread, so that the process ends by itself', async () => {
    const given = JSON.stringify(hufuOptions(await readyDatabase()));
    const script = `
      import { createHook } from 'node:async_hooks';
      const open = new Map();
      // Node opens these streams at their first use.
      void [process.stdout, process.stderr];
      const before = process.getActiveResourcesInfo();
      createHook({
        init(id, type) { if (/^(?:Timeout|WORKER|TCPWRAP|PIPEWRAP|TCPSERVERWRAP|PIPESERVERWRAP)$/.test(type)) open.set(id, type); },
        destroy(id) { open.delete(id); },
      }).enable();
      const { createHufu } = await import(${JSON.stringify(pathToFileURL('dist/index.js').href)});
      const { graphql } = await import(${JSON.stringify(pathToFileURL('node_modules/graphql/index.js').href)});
      const hufu = await createHufu({ ...${given}, log: { error() {}, warn() {}, info() {} } });
      const contextValue = await hufu.context({ headers: new Headers() });
      const source = ${JSON.stringify(registering('ann@example.com'))};
      const { data, errors } = await graphql({ schema: hufu.schema, source, contextValue });
      const me = await hufu.context({ headers: new Headers({ authorization: 'Bearer ' + data.register.token }) });
      hufu.watch(me.hufu.session.session, () => undefined);
      const worked = open.size > 0;
      await hufu.stop();
      for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
      const result = { made: data.register.__typename, worked, left: [...open.values()], active: process.getActiveResourcesInfo().slice(before.length) };
      process.stdout.write(JSON.stringify(result));
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(JSON.parse(output)).toEqual({ made: 'RegisterSuccess', worked: true, left: [], active: [] });
    expect(code).toBe(0);
  });
});

describe('HUFU-54 createHufu', () => {
  test('MUST create the tables of an empty database, and use tables of a newer version with a warning', async () => {
    const database = await freshDatabase();
    const first = await createHufu(hufuOptions(database));
    expect(await first.ready()).toBe(true);
    await first.stop();
    await rowsOf(database, "insert into hufu.migrations (hash, created_at) values ('newer', 99999999999999)");
    const warnings: string[] = [];
    const warn = (...line: unknown[]) => void warnings.push(JSON.stringify(line));
    const second = await startHufu({ log: { ...silent, warn } }, database);
    expect(await second.ready()).toBe(true);
    expect(warnings.join('\n')).toContain(
      'was migrated by a newer version of Hufu: this one does not know 1 of its',
    );
  });

  test.runIf(databaseKind === 'postgres')(
    'MUST name the option of a database that refuses the role',
    async () => {
      const { database } = hufuOptions(await readyDatabase());
      const url = new URL((database as { url: string }).url);
      url.username = 'no_such_role';
      const refused = createHufu({ ...hufuOptions(await readyDatabase()), database: url.href });
      await expect(refused).rejects.toThrow(
        /^database\.url: .*Check the user and the password in database\.url, /,
      );
    },
  );

  test.runIf(databaseKind === 'postgres')(
    'MUST name no command of a node to a role that lacks rights',
    async () => {
      const database = await freshDatabase();
      const url = new URL(database.env['DATABASE_URL'] ?? '');
      const role = `app_${url.pathname.slice(1)}`;
      await rowsOf(database, `create role ${role} login password 'app'`);
      whenFileEnds(async () => {
        await rowsOf(database, `drop role ${role}`);
      });
      [url.username, url.password] = [role, 'app'];
      const refused = createHufu({ ...hufuOptions(database), database: url.href });
      await expect(refused).rejects.toThrow(
        /^database\.url: .*\(SQLSTATE 42501\).* makes the tables with `createHufu\(\)`;/,
      );
    },
  );

  test.runIf(databaseKind === 'postgres')(
    'MUST close its connections to the database when it fails later',
    async () => {
      const database = await readyDatabase();
      const connections = async () => {
        const query = 'select count(*)::int as open from pg_stat_activity where datname = current_database()';
        return (await rowsOf(database, query))[0]?.['open'];
      };
      const before = await connections();
      const refused = createHufu({ ...hufuOptions(database), passwords: { breachedFile: '/no/such/file' } });
      await expect(refused).rejects.toThrow('/no/such/file cannot be read (ENOENT)');
      await expect.poll(connections).toBe(before);
    },
  );
});
