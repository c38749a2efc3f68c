// Idempotent login and registration: the same key, e-mail and password return the same session for a minute, and never one
// that has ended.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createTestClock } from '../support/clock.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { gql, signIn } from '../support/gql.js';
import {
  historyOperation,
  loginOperation,
  logoutOperation,
  randomEmail,
  password,
  phone,
  reasonOf,
  register,
  registerOperation,
  type SignedInFields,
} from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { watch } from '../support/socket.js';
import { spawnNode } from '../support/spawnNode.js';
import { startNode } from '../support/startNode.js';

const clock = createTestClock();
const { url } = await startNode({ clock });

type Input = Readonly<Record<string, unknown>>;

/** Logs in, and returns the result of any type. */
async function logIn(email: string, more: Input = {}, at = url): Promise<SignedInFields> {
  const { data, errors } = await signIn(at, {
    query: loginOperation,
    variables: { input: { email, password, ...more } },
  });
  if (data === null) throw new Error(`refused: ${JSON.stringify(errors)}`);
  return data.login;
}

async function signUp(email: string, more: Input = {}, at = url): Promise<SignedInFields> {
  const { data, errors } = await signIn(at, {
    query: registerOperation,
    variables: { input: { email, password, ...more } },
  });
  if (data === null) throw new Error(`refused: ${JSON.stringify(errors)}`);
  return data.register;
}

describe('RETRY-01 a login that is sent again with its idempotency key', () => {
  it('MUST return the same session and superseded sessions, with a valid token', async () => {
    const { user, session: oldest } = await register(url);
    clock.turn(1);
    const idempotencyKey = randomUUID();
    const first = await logIn(user.email, { idempotencyKey });
    expect(first.superseded.map(({ id }) => id)).toEqual([oldest.id]);
    const device = await watch(url, first.token);

    clock.turn(59_999);
    // The UUID in capital letters is the same key, and another device name makes no other session.
    const again = await logIn(user.email, { idempotencyKey: idempotencyKey.toUpperCase(), device: phone });
    expect(again).toEqual({ ...first, token: again.token });
    expect(await reasonOf(url, again.token)).toBe('live');
    expect(await reasonOf(url, first.token)).toBe('live');
    const { data } = await gql(url, { query: historyOperation, token: again.token });
    expect(data?.me.history.edges.map(({ node }) => node.id)).toEqual([first.session.id, oldest.id]);
    expect(device.raw.readyState).toBe(device.raw.OPEN);
    expect(device.messages.map(({ type }) => type)).toEqual(['connection_ack', 'pong']);
    device.close();
  });

  it('MUST open a new session after a minute', async () => {
    const { user } = await register(url);
    const idempotencyKey = randomUUID();
    const first = await logIn(user.email, { idempotencyKey });
    clock.turn(60_000);
    const later = await logIn(user.email, { idempotencyKey });
    expect(later.session.id).not.toBe(first.session.id);
    expect(later.superseded.map(({ id }) => id)).toEqual([first.session.id]);
    expect(await reasonOf(url, first.token)).toBe('SUPERSEDED');
    // The second session has a minute of its own.
    clock.turn(30_000);
    expect((await logIn(user.email, { idempotencyKey })).session.id).toBe(later.session.id);
  });

  it('MUST be refused with a wrong password', async () => {
    const { user } = await register(url);
    const idempotencyKey = randomUUID();
    const first = await logIn(user.email, { idempotencyKey });
    const { __typename } = await logIn(user.email, { idempotencyKey, password: `${password}!` });
    expect(__typename).toBe('InvalidCredentials');
    expect(await reasonOf(url, first.token)).toBe('live');
  });

  it.each(['logged out', 'superseded'] as const)('MUST NOT return a session that was %s', async (how) => {
    const { user } = await register(url);
    const idempotencyKey = randomUUID();
    const first = await logIn(user.email, { idempotencyKey });
    if (how === 'superseded') await logIn(user.email);
    else await gql(url, { query: logoutOperation, token: first.token });
    const again = await logIn(user.email, { idempotencyKey });
    expect(again.__typename).toBe('LoginSuccess');
    expect(again.session.id).not.toBe(first.session.id);
    expect(await reasonOf(url, first.token)).toBe(how === 'superseded' ? 'SUPERSEDED' : 'LOGGED_OUT');
    expect(await reasonOf(url, again.token)).toBe('live');
    // The key now belongs to the live session.
    expect((await logIn(user.email, { idempotencyKey })).session.id).toBe(again.session.id);
  });

  it('MUST NOT return the session of another user or of another key', async () => {
    const [ann, bob] = [await register(url), await register(url)];
    const idempotencyKey = randomUUID();
    const anns = await logIn(ann.user.email, { idempotencyKey });
    const bobs = await logIn(bob.user.email, { idempotencyKey });
    expect(bobs.session.id).not.toBe(anns.session.id);
    expect(bobs.user.id).toBe(bob.user.id);
    const other = await logIn(ann.user.email, { idempotencyKey: randomUUID() });
    expect(other.superseded.map(({ id }) => id)).toEqual([anns.session.id]);
  });

  it.each([
    '',
    'again',
    '7',
    `{${randomUUID()}}`,
    randomUUID().replaceAll('-', ''),
    `${randomUUID()} `,
    '\u0000',
  ])('MUST be refused with the key %o, which is no UUID', async (idempotencyKey) => {
    const { user, token } = await register(url);
    expect(await logIn(user.email, { idempotencyKey })).toMatchObject({ __typename: 'InvalidInput' });
    const { __typename, ...issues } = await signUp(randomEmail(), { idempotencyKey });
    expect(__typename).toBe('InvalidInput');
    expect(issues).toMatchObject({
      issues: [{ field: 'idempotencyKey', message: 'The idempotency key must be a uuid.' }],
    });
    expect(await reasonOf(url, token)).toBe('live');
  });
});

describe('RETRY-02 a registration that is sent again with its idempotency key', () => {
  it('MUST return the same account and session, and be EmailTaken with another password or key', async () => {
    const email = randomEmail();
    const idempotencyKey = randomUUID();
    const first = await signUp(email, { idempotencyKey });
    const again = await signUp(email.toUpperCase(), { idempotencyKey });
    expect(again).toEqual({ ...first, token: again.token });
    expect(await reasonOf(url, again.token)).toBe('live');

    for (const more of [{ idempotencyKey, password: `${password}!` }, { idempotencyKey: randomUUID() }, {}]) {
      expect((await signUp(email, more)).__typename).toBe('EmailTaken');
    }
    expect(await reasonOf(url, first.token)).toBe('live');
    clock.turn(60_000);
    expect((await signUp(email, { idempotencyKey })).__typename).toBe('EmailTaken');
  });

  it('MUST be EmailTaken when its session has ended', async () => {
    const email = randomEmail();
    const idempotencyKey = randomUUID();
    const first = await signUp(email, { idempotencyKey });
    await gql(url, { query: logoutOperation, token: first.token });
    expect((await signUp(email, { idempotencyKey })).__typename).toBe('EmailTaken');
    expect(await reasonOf(url, first.token)).toBe('LOGGED_OUT');
  });
});

describe('RETRY-03 a login that is sent again under another policy', () => {
  it.each([
    { SESSION_LIMIT: '1', SESSION_OVERFLOW: 'refuse' },
    { SESSION_LIMIT: '1', SESSION_OVERFLOW: 'ask' },
    { SESSION_LIMIT: '2', SESSION_SCOPE: 'device', SESSION_OVERFLOW: 'supersede' },
    { SESSION_LIMIT: '0' },
  ])('MUST return the same session without a free slot: %o', async (env) => {
    const node = await startNode({ env });
    const email = randomEmail();
    const signUpId = randomUUID();
    const registered = await signUp(email, { idempotencyKey: signUpId }, node.url);
    expect((await signUp(email, { idempotencyKey: signUpId }, node.url)).session.id).toBe(
      registered.session.id,
    );
    await gql(node.url, { query: logoutOperation, token: registered.token });

    const idempotencyKey = randomUUID();
    const first = await logIn(email, { idempotencyKey }, node.url);
    for (let time = 0; time < 3; time += 1) {
      const again = await logIn(email, { idempotencyKey }, node.url);
      expect(again).toEqual({ ...first, token: again.token });
    }
    const { data } = await gql(node.url, { query: historyOperation, token: first.token });
    expect(data?.me.sessions.map(({ id }) => id)).toEqual([first.session.id]);
  });

  it('MUST NOT return a session that has ended as IDLE', async () => {
    const short = createTestClock();
    const node = await startNode({ clock: short, env: { SESSION_IDLE_SECONDS: '30' } });
    const email = randomEmail();
    await signUp(email, {}, node.url);
    const idempotencyKey = randomUUID();
    const first = await logIn(email, { idempotencyKey }, node.url);
    short.turn(30_000);
    const again = await logIn(email, { idempotencyKey }, node.url);
    expect(again.session.id).not.toBe(first.session.id);
    // The first session ended as IDLE, so the second superseded none.
    expect(again.superseded).toEqual([]);
    expect(await reasonOf(node.url, first.token)).toBe('IDLE');
  });
});

describe('RETRY-04 twenty parallel requests with one idempotency key', () => {
  it('MUST open one session on one node', async () => {
    const { user } = await register(url);
    const idempotencyKey = randomUUID();
    const results = await Promise.all(
      Array.from({ length: 20 }, () => logIn(user.email, { idempotencyKey })),
    );
    expect(new Set(results.map(({ session }) => session.id)).size).toBe(1);
    const { data } = await gql(url, { query: historyOperation, token: results[0]?.token ?? '' });
    expect(data?.me.history.edges).toHaveLength(2);
  });

  it.runIf(databaseKind === 'postgres')('MUST open one session over two nodes, and one account', async () => {
    const database = await readyDatabase();
    const nodes = await Promise.all([spawnNode({ database }), spawnNode({ database })]);
    const urlOf = (index: number) => nodes[index % 2]?.url ?? '';
    const email = randomEmail();
    for (const act of [signUp, logIn]) {
      const idempotencyKey = randomUUID();
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => act(email, { idempotencyKey }, urlOf(index))),
      );
      expect(new Set(results.map(({ session }) => session.id)).size).toBe(1);
      // Checks each token at the node that did not issue it.
      for (const [index, { token }] of results.entries()) {
        expect(await reasonOf(urlOf(index + 1), token)).toBe('live');
      }
      const opened = await rowsOf(
        database,
        `select 1 from hufu.sessions where idempotency_key = '${idempotencyKey}'`,
      );
      expect(opened).toHaveLength(1);
    }
    const rows = await rowsOf(database, 'select 1 from hufu.sessions where ended_at is null');
    expect(rows).toHaveLength(1);
  });
});
