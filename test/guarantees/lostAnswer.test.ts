// A sign-in whose answer got lost: the same key, email and password give the same session, for a minute, and never
// one that has ended.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createTestClock } from '../support/clock.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { gql, signIn } from '../support/gql.js';
import {
  historyOperation,
  loginOperation,
  logoutOperation,
  meOperation,
  randomEmail,
  password,
  phone,
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

/** The result, whatever it is. */
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

async function standing(token: string, at = url): Promise<string> {
  const { errors } = await gql(at, { query: meOperation, token });
  return errors[0]?.extensions.reason ?? 'live';
}

describe('RETRY-01 a login that is asked for again', () => {
  it('MUST give the same session and the same superseded ones, and a token that is good', async () => {
    const { user, session: oldest } = await register(url);
    clock.turn(1);
    const idempotencyKey = randomUUID();
    const first = await logIn(user.email, { idempotencyKey });
    expect(first.superseded.map(({ id }) => id)).toEqual([oldest.id]);
    const device = await watch(url, first.token);

    clock.turn(59_999);
    // Capital letters make no other uuid; what the device calls itself now makes no other session.
    const again = await logIn(user.email, { idempotencyKey: idempotencyKey.toUpperCase(), device: phone });
    expect(again).toEqual({ ...first, token: again.token });
    expect(await standing(again.token)).toBe('live');
    expect(await standing(first.token)).toBe('live');
    const { data } = await gql(url, { query: historyOperation, token: again.token });
    expect(data?.me.history.edges.map(({ node }) => node.id)).toEqual([first.session.id, oldest.id]);
    expect(device.raw.readyState).toBe(device.raw.OPEN);
    expect(device.messages.map(({ type }) => type)).toEqual(['connection_ack', 'pong']);
    device.close();
  });

  it('MUST be an ordinary login after a minute', async () => {
    const { user } = await register(url);
    const idempotencyKey = randomUUID();
    const first = await logIn(user.email, { idempotencyKey });
    clock.turn(60_000);
    const later = await logIn(user.email, { idempotencyKey });
    expect(later.session.id).not.toBe(first.session.id);
    expect(later.superseded.map(({ id }) => id)).toEqual([first.session.id]);
    expect(await standing(first.token)).toBe('SUPERSEDED');
    // The minute of the second one begins again.
    clock.turn(30_000);
    expect((await logIn(user.email, { idempotencyKey })).session.id).toBe(later.session.id);
  });

  it('MUST have its password verified every time', async () => {
    const { user } = await register(url);
    const idempotencyKey = randomUUID();
    const first = await logIn(user.email, { idempotencyKey });
    const { __typename } = await logIn(user.email, { idempotencyKey, password: `${password}!` });
    expect(__typename).toBe('InvalidCredentials');
    expect(await standing(first.token)).toBe('live');
  });

  it.each(['logged out', 'superseded'] as const)('MUST NOT be given a session that was %s', async (how) => {
    const { user } = await register(url);
    const idempotencyKey = randomUUID();
    const first = await logIn(user.email, { idempotencyKey });
    if (how === 'superseded') await logIn(user.email);
    else await gql(url, { query: logoutOperation, token: first.token });
    const again = await logIn(user.email, { idempotencyKey });
    expect(again.__typename).toBe('LoginSuccess');
    expect(again.session.id).not.toBe(first.session.id);
    expect(await standing(first.token)).toBe(how === 'superseded' ? 'SUPERSEDED' : 'LOGGED_OUT');
    expect(await standing(again.token)).toBe('live');
    // From now on the id stands for the session that is live.
    expect((await logIn(user.email, { idempotencyKey })).session.id).toBe(again.session.id);
  });

  it('MUST NOT meet the session of another user, or of another id', async () => {
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
  ])('MUST be refused with the id %o, which is no uuid', async (idempotencyKey) => {
    const { user, token } = await register(url);
    expect(await logIn(user.email, { idempotencyKey })).toMatchObject({ __typename: 'InvalidInput' });
    const { __typename, ...issues } = await signUp(randomEmail(), { idempotencyKey });
    expect(__typename).toBe('InvalidInput');
    expect(issues).toMatchObject({
      issues: [{ field: 'idempotencyKey', message: 'The idempotency key must be a uuid.' }],
    });
    expect(await standing(token)).toBe('live');
  });
});

describe('RETRY-02 a registration that is asked for again', () => {
  it('MUST give the same account and session, and with another password be EmailTaken', async () => {
    const email = randomEmail();
    const idempotencyKey = randomUUID();
    const first = await signUp(email, { idempotencyKey });
    const again = await signUp(email.toUpperCase(), { idempotencyKey });
    expect(again).toEqual({ ...first, token: again.token });
    expect(await standing(again.token)).toBe('live');

    for (const more of [{ idempotencyKey, password: `${password}!` }, { idempotencyKey: randomUUID() }, {}]) {
      expect((await signUp(email, more)).__typename).toBe('EmailTaken');
    }
    expect(await standing(first.token)).toBe('live');
    clock.turn(60_000);
    expect((await signUp(email, { idempotencyKey })).__typename).toBe('EmailTaken');
  });

  it('MUST NOT be given a session that has ended', async () => {
    const email = randomEmail();
    const idempotencyKey = randomUUID();
    const first = await signUp(email, { idempotencyKey });
    await gql(url, { query: logoutOperation, token: first.token });
    expect((await signUp(email, { idempotencyKey })).__typename).toBe('EmailTaken');
    expect(await standing(first.token)).toBe('LOGGED_OUT');
  });
});

describe('RETRY-03 under another policy', () => {
  it.each([
    { SESSION_LIMIT: '1', SESSION_OVERFLOW: 'refuse' },
    { SESSION_LIMIT: '1', SESSION_OVERFLOW: 'ask' },
    { SESSION_LIMIT: '2', SESSION_SCOPE: 'device', SESSION_OVERFLOW: 'supersede' },
    { SESSION_LIMIT: '0' },
  ])('MUST give the same session without taking, or needing, a place: %o', async (env) => {
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

  it('MUST NOT be given a session that time has ended, as EXPIRED or IDLE', async () => {
    const short = createTestClock();
    const node = await startNode({ clock: short, env: { SESSION_IDLE_SECONDS: '30' } });
    const email = randomEmail();
    await signUp(email, {}, node.url);
    const idempotencyKey = randomUUID();
    const first = await logIn(email, { idempotencyKey }, node.url);
    short.turn(30_000);
    const again = await logIn(email, { idempotencyKey }, node.url);
    expect(again.session.id).not.toBe(first.session.id);
    // Time ended the first one; the second has superseded no session.
    expect(again.superseded).toEqual([]);
    expect(await standing(first.token, node.url)).toBe('IDLE');
  });
});

describe('RETRY-04 twenty at the same time', () => {
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
      // Each token is asked about at the node that did not issue it.
      for (const [index, { token }] of results.entries()) {
        expect(await standing(token, urlOf(index + 1))).toBe('live');
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
