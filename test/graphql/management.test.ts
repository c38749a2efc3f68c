// The operations on one's own sessions: the list, the paged history, and ending one or all others.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { gql, type Operation } from '../support/gql.js';
import {
  laptop,
  login,
  logoutOperation,
  meOperation,
  password,
  phone,
  register,
  type SessionFields,
  type SignedInFields,
} from '../support/operations.js';
import { sessionEndedOn, watch } from '../support/socket.js';
import { startNode } from '../support/startNode.js';

const { url } = await startNode({ env: { SESSION_LIMIT: '0' } });
const single = await startNode();

const fields = `id current endedAt endReason supersededBy { id current }`;

interface EndResult {
  readonly __typename: string;
  readonly session?: SessionFields;
}

const endSessionOperation: Operation<{ endSession: EndResult }> = `
  mutation End($id: ID!) {
    endSession(input: { id: $id }) {
      __typename ... on EndSessionSuccess { session { ${fields} } } ... on Problem { message }
    }
  }`;

const endOthersOperation: Operation<{ endOtherSessions: { sessions: SessionFields[] } }> = `
  mutation EndOthers { endOtherSessions { sessions { ${fields} } } }`;

const sessionsOperation: Operation<{ me: { sessions: SessionFields[] } }> = `
  query Sessions { me { sessions { ${fields} } } }`;

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: SessionFields }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const historyOperation: Operation<{ me: { history: Page } | null }> = `
  query History($first: Int!, $after: String) {
    me {
      history(first: $first, after: $after) {
        edges { cursor node { ${fields} } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }`;

async function end(token: string, id: string, at = url) {
  const { data, errors } = await gql(at, { query: endSessionOperation, variables: { id }, token });
  expect(errors).toEqual([]);
  return data?.endSession;
}

async function history(token: string, first: number, after: string | null = null) {
  return gql(url, { query: historyOperation, variables: { first, after }, token });
}

async function page(token: string, first: number, after: string | null = null): Promise<Page> {
  const { data, errors } = await history(token, first, after);
  if (data?.me == null) throw new Error(`refused: ${JSON.stringify(errors)}`);
  return data.me.history;
}

async function refusal(token: string) {
  const { errors } = await gql(url, { query: meOperation, token });
  return errors[0]?.extensions.reason ?? 'live';
}

/** Registers a user and signs them in on this many devices, the oldest session first. */
async function signedInOn(count: number): Promise<SignedInFields[]> {
  const devices = [await register(url, { device: phone })];
  while (devices.length < count) devices.push(await login(url, devices[0]?.user.email ?? '', laptop));
  return devices;
}

describe('MANAGE-01 ending one session', () => {
  it('MUST end the session of another device as REVOKED and notify the device within a second', async () => {
    const [older, newer] = (await signedInOn(2)) as [SignedInFields, SignedInFields];
    const device = await watch(url, older.token);
    expect(await end(newer.token, older.session.id)).toMatchObject({
      __typename: 'EndSessionSuccess',
      session: { id: older.session.id, endReason: 'REVOKED', supersededBy: null, current: false },
    });
    expect(await sessionEndedOn(device, 1_000)).toMatchObject({ reason: 'REVOKED', by: null });
    expect(await device.closed()).toEqual({ code: 4403, reason: 'REVOKED' });
    expect(await refusal(older.token)).toBe('REVOKED');
    expect(await refusal(newer.token)).toBe('live');
  });

  it('MUST end the own session as LOGGED_OUT and notify the device within a second', async () => {
    const [other, own] = (await signedInOn(2)) as [SignedInFields, SignedInFields];
    const device = await watch(url, own.token);
    // A UUID in capital letters is the same.
    expect(await end(own.token, own.session.id.toUpperCase())).toMatchObject({
      __typename: 'EndSessionSuccess',
      session: { id: own.session.id, endReason: 'LOGGED_OUT', current: false },
    });
    expect(await sessionEndedOn(device, 1_000)).toMatchObject({ reason: 'LOGGED_OUT' });
    expect(await refusal(own.token)).toBe('LOGGED_OUT');
    expect(await refusal(other.token)).toBe('live');
  });

  it('MUST answer SessionNotFound for a foreign, unknown, ended or malformed id, and end nothing', async () => {
    const [first, own] = (await signedInOn(2)) as [SignedInFields, SignedInFields];
    const stranger = await register(url);
    await gql(url, { query: logoutOperation, token: first.token });
    const wrong = [
      stranger.session.id,
      first.session.id,
      randomUUID(),
      '',
      'me',
      "' or true --",
      `${own.session.id} `,
      `{${own.session.id}}`,
      own.session.id.replaceAll('-', ''),
      '\u0000',
    ];
    for (const id of wrong) {
      expect(await end(own.token, id)).toEqual({
        __typename: 'SessionNotFound',
        message: 'There is no such live session.',
      });
    }
    expect(await refusal(stranger.token)).toBe('live');
    expect(await refusal(own.token)).toBe('live');
    expect(await refusal(first.token)).toBe('LOGGED_OUT');
  });

  it('MUST require a live session', async () => {
    const [first, own] = (await signedInOn(2)) as [SignedInFields, SignedInFields];
    await gql(url, { query: logoutOperation, token: first.token });
    for (const [token, reason] of [
      [first.token, 'LOGGED_OUT'],
      [undefined, 'NO_TOKEN'],
    ] as const) {
      const variables = { id: own.session.id };
      const { errors } = await gql(url, {
        query: endSessionOperation,
        variables,
        ...(token === undefined ? {} : { token }),
      });
      expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason });
    }
    expect(await refusal(own.token)).toBe('live');
  });

  it('MUST end a session once for ten requests at once', async () => {
    const [target, own] = (await signedInOn(2)) as [SignedInFields, SignedInFields];
    const results = await Promise.all(Array.from({ length: 10 }, () => end(own.token, target.session.id)));
    expect(results.filter((result) => result?.__typename === 'EndSessionSuccess')).toHaveLength(1);
    expect(results.filter((result) => result?.__typename === 'SessionNotFound')).toHaveLength(9);
  });
});

describe('MANAGE-02 ending the other sessions', () => {
  it('MUST end all but the own as REVOKED, newest first, notify each device, and end no session of another user', async () => {
    const devices = await signedInOn(4);
    const own = devices[1] ?? devices[0];
    if (own === undefined) throw new Error('no session');
    const stranger = await register(url);
    const others = devices.filter((device) => device !== own);
    const sockets = await Promise.all(others.map(({ token }) => watch(url, token)));

    const { data } = await gql(url, { query: endOthersOperation, token: own.token });
    expect(data?.endOtherSessions.sessions).toMatchObject(
      others.toReversed().map(({ session }) => ({ id: session.id, endReason: 'REVOKED', current: false })),
    );
    for (const socket of sockets)
      expect(await sessionEndedOn(socket, 1_000)).toMatchObject({ reason: 'REVOKED' });
    expect(await refusal(own.token)).toBe('live');
    expect(await refusal(stranger.token)).toBe('live');
    expect(await Promise.all(others.map(({ token }) => refusal(token)))).toEqual(others.map(() => 'REVOKED'));

    const again = await gql(url, { query: endOthersOperation, token: own.token });
    expect(again.data?.endOtherSessions.sessions).toEqual([]);
  });
});

describe('MANAGE-03 an operation whose session ends before its turn', () => {
  it('MUST NOT be executed after a logout in the same document', async () => {
    const [one, other] = (await signedInOn(2)) as [SignedInFields, SignedInFields];
    const { data, errors } = await gql(url, {
      query: 'mutation { logout { session { id } } endOtherSessions { sessions { id } } }',
      token: one.token,
    });
    expect(data).toBeNull();
    expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'LOGGED_OUT' });
    expect((await gql(url, { query: meOperation, token: other.token })).errors).toEqual([]);
  });

  it('MUST NOT follow a login in the same document: the document is refused before its execution', async () => {
    const { user, token } = await register(single.url, { device: phone });
    const { data, errors } = await gql(single.url, {
      query: `mutation Both($input: LoginInput!) {
        login(input: $input) { ... on LoginSuccess { token } }
        endOtherSessions { sessions { id } }
      }`,
      variables: { input: { email: user.email, password } },
      token,
    });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { message: expect.stringContaining('login takes a credential') as string },
    ]);
    expect((await gql(single.url, { query: meOperation, token })).errors).toEqual([]);
  });

  it('MUST NOT end the session of a login that runs at the same time', async () => {
    const { user, token: first } = await register(single.url, { device: phone });
    let older = first;
    const outcomes = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const asking = gql(single.url, { query: endOthersOperation, token: older });
      const [newer, asked] = await Promise.all([login(single.url, user.email, laptop), asking]);
      outcomes.add(asked.errors[0]?.extensions.reason ?? 'done');
      const { errors } = await gql(single.url, { query: meOperation, token: newer.token });
      expect(errors).toEqual([]);
      older = newer.token;
    }
    for (const outcome of outcomes) expect(['done', 'SUPERSEDED']).toContain(outcome);
  });

  it('MUST NOT end the other session when two devices end those of each other at the same time', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [one, other] = (await signedInOn(2)) as [SignedInFields, SignedInFields];
      const answers = await Promise.all(
        [one, other].map(({ token }) => gql(url, { query: endOthersOperation, token })),
      );
      // The first to get the lock stays signed in; the other's session has ended by then.
      expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
      const reasons = await Promise.all([one, other].map(({ token }) => refusal(token)));
      expect(reasons.sort()).toEqual(['REVOKED', 'live']);
    }
  });
});

describe('MANAGE-04 the list of live sessions', () => {
  it('MUST be newest first, without ended ones, and mark the session of the request as current', async () => {
    const devices = await signedInOn(4);
    const [first, second, third, fourth] = devices.map(({ session }) => session.id);
    await end(devices[0]?.token ?? '', third ?? '');
    for (const [index, current] of [first, second, fourth].entries()) {
      const token = devices.find(({ session }) => session.id === current)?.token ?? '';
      const { data } = await gql(url, { query: sessionsOperation, token });
      expect(data?.me.sessions.map(({ id }) => id)).toEqual([fourth, second, first]);
      expect(data?.me.sessions.map((session) => session.current)).toEqual(
        [2, 1, 0].map((place) => place === index),
      );
    }
  });

  it('MUST name in the history the session that superseded another', async () => {
    const first = await register(single.url, { device: phone });
    const second = await login(single.url, first.user.email, laptop);
    const third = await login(single.url, first.user.email, phone);
    const { data } = await gql(single.url, {
      query: historyOperation,
      variables: { first: 10, after: null },
      token: third.token,
    });
    expect(data?.me?.history.edges.map(({ node }) => [node.id, node.current, node.supersededBy])).toEqual([
      [third.session.id, true, null],
      [second.session.id, false, { id: third.session.id, current: true }],
      [first.session.id, false, { id: second.session.id, current: false }],
    ]);
  });
});

describe('MANAGE-05 the history', () => {
  it('MUST return every session once, newest first, in pages of any size', async () => {
    const devices = await signedInOn(7);
    const { token } = devices[6] ?? devices[0] ?? { token: '' };
    await gql(url, { query: endOthersOperation, token });
    const ids = devices.map(({ session }) => session.id).reverse();
    for (const size of [1, 2, 3, 7, 100]) {
      const seen: string[] = [];
      for (let after: string | null = null, more = true; more;) {
        const { edges, pageInfo } = await page(token, size, after);
        expect(pageInfo.hasPreviousPage).toBe(after !== null);
        expect(pageInfo.startCursor).toBe(edges.at(0)?.cursor ?? null);
        expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null);
        seen.push(...edges.map(({ node }) => node.id));
        after = pageInfo.endCursor;
        more = pageInfo.hasNextPage;
      }
      expect(seen).toEqual(ids);
    }
  });

  it('MUST continue after the cursor while sessions begin and end', async () => {
    const devices = await signedInOn(4);
    const { token, user } = devices[3] ?? { token: '', user: { email: '' } };
    const first = await page(token, 2);
    // New sessions come first, and old ones end, the one at the cursor too.
    await login(url, user.email);
    await gql(url, { query: endOthersOperation, token });
    await login(url, user.email);
    const second = await page(token, 2, first.pageInfo.endCursor);
    const ids = [...first.edges, ...second.edges].map(({ node }) => node.id);
    expect(ids).toEqual(devices.map(({ session }) => session.id).reverse());
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    // The page after the oldest is empty.
    expect(await page(token, 2, second.pageInfo.endCursor)).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
  });

  it('MUST refuse malformed cursors and those of another user', async () => {
    const [{ token }] = (await signedInOn(1)) as [SignedInFields];
    const stranger = await register(url);
    const theirs = (await page(stranger.token, 1)).pageInfo.endCursor ?? '';
    const own = (await page(token, 1)).pageInfo.endCursor ?? '';
    const wrong = [
      theirs,
      '',
      'x',
      `${own}=`,
      ` ${own}`,
      own.slice(1),
      randomUUID(),
      '\u0000',
      'A'.repeat(500),
    ];
    for (const after of [
      ...wrong,
      Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url'),
    ]) {
      const { data, errors } = await history(token, 5, after);
      expect(data).toEqual({ me: null });
      expect(errors).toHaveLength(1);
      expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
      expect(errors[0]?.message).toBe('`after` must be a cursor of this list.');
    }
  });

  it.each([0, -1, 101, 2_147_483_647])('MUST refuse a page size of %i', async (first) => {
    const { token } = await register(url);
    const { data, errors } = await history(token, first);
    expect(data).toEqual({ me: null });
    expect(errors.map(({ message, extensions }) => [message, extensions.code])).toEqual([
      ['`first` must be from 1 to 100.', 'BAD_USER_INPUT'],
    ]);
  });

  it.each([1.5, '5', null, 2 ** 31])('MUST refuse %o as a page size', async (first) => {
    const { token } = await register(url);
    const { errors } = await gql(url, { query: historyOperation, variables: { first, after: null }, token });
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});
