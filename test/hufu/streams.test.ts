// Subscriptions of a team's own server end with their session, whichever node ends it.

import { createServer } from 'node:http';

import { useServer } from 'graphql-ws/use/ws';
import { beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';

import {
  type HostContext,
  type Hufu,
  type RejectedSession,
  requireSession,
  requireUser,
  type User,
} from '../../src/index.js';
import { gql } from '../support/gql.js';
import { listen } from '../support/listen.js';
import { login, register } from '../support/operations.js';
import { readyDatabase } from '../support/database.js';
import { connect, subscribe, type TestSocket } from '../support/socket.js';
import { startWire, type Wire } from '../support/wire.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { silent, startHost, startHufu } from './harness.js';

const sessions: Parameters<Hufu['watch']>[0][] = [];

/** Yields one event, and then waits for ever. */
async function* waiting() {
  yield { ticks: 0 };
  await new Promise(() => undefined);
}
/** A source that throws when it is stopped. */
const failing = {
  next: () => new Promise<never>(() => undefined),
  return: () => Promise.reject(new Error('the team cannot clean up')),
  [Symbol.asyncIterator]() {
    return this;
  },
};
async function* three() {
  for (const ticks of [1, 2, 3]) yield await Promise.resolve({ ticks });
}
async function* twelveTimes(user: User) {
  for (let times = 0; times < 12; times += 1) yield await Promise.resolve({ people: user });
}

const own = {
  typeDefs: `
    extend type Query { remember: Boolean! }
    extend type Subscription { ticks: Int!  open: Int!  failing: Int!  people: User! }
  `,
  resolvers: {
    Query: {
      remember: (_parent: unknown, _args: unknown, context: HostContext) =>
        sessions.push(requireSession(context).session) > 0,
    },
    Subscription: {
      ticks: {
        subscribe: (_parent: unknown, _args: unknown, context: HostContext) => {
          requireUser(context);
          return waiting();
        },
      },
      failing: { subscribe: () => failing },
      people: {
        subscribe: (_parent: unknown, _args: unknown, context: HostContext) =>
          twelveTimes(requireUser(context)),
      },
      open: { subscribe: three, resolve: ({ ticks }: { ticks: number }) => ticks },
    },
  },
};

const errors: string[] = [];

let hufu: Hufu;
let here: string;
let there: string;
let sockets: string;
let wire: Wire;

beforeAll(async () => {
  const database = await readyDatabase();
  wire = await startWire(database.env['DATABASE_URL'] ?? '');
  const error = (...[, what]: readonly unknown[]) => void errors.push(String(what));
  const slow = { env: { ...database.env, DATABASE_URL: wire.url } };
  hufu = await startHufu({ log: { ...silent, error } }, slow);
  here = await startHost(hufu, own);
  there = await startHost(await startHufu({}, database), own);

  const http = createServer();
  const server = useServer(
    { schema: hufu.extend(own), ...hufu.ws },
    new WebSocketServer({ server: http, path: '/graphql' }),
  );
  sockets = await listen(http);
  whenFileEnds(async () => {
    await server.dispose();
  });
});

/** Subscribes, and waits for the first event. */
async function subscribed(token: string): Promise<TestSocket> {
  const socket = await connect(sockets, token);
  subscribe(socket, 'ticks', 'subscription { ticks }');
  expect((await socket.message('next')).payload).toEqual({ data: { ticks: 0 } });
  return socket;
}

test('HUFU-75 a password in a variable that does not fit MUST not be sent back over a websocket', async () => {
  const { token } = await register(here);
  const socket = await connect(sockets, token);
  const secret = 'correct horse battery staple';
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  socket.send({ id: '1', type: 'subscribe', payload: { query, variables: { input: { password: secret } } } });
  await expect.poll(() => socket.messages.filter(({ id }) => id === '1')).not.toEqual([]);
  const answer = JSON.stringify(socket.messages);
  expect(answer).toContain('$input.email: String! is missing.');
  expect(answer).not.toContain(secret);
});

describe("HUFU-10 a team's subscription MUST end with its session", () => {
  test('completed, and its websocket closed with 4403 and the reason, when another node ends the session', async () => {
    const { token, user } = await register(here);
    const socket = await subscribed(token);
    subscribe(socket, 'ended');
    socket.send({ type: 'ping' });
    await socket.message('pong');
    await login(there, user.email);

    expect(await socket.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
    const lastEvent = socket.messages.filter(({ type }) => type === 'next').at(-1);
    expect(lastEvent).toMatchObject({
      id: 'ended',
      payload: { data: { sessionEnded: { reason: 'SUPERSEDED' } } },
    });
    const completed = socket.messages.filter(({ type }) => type === 'complete').map(({ id }) => id);
    expect(completed.sort()).toEqual(['ended', 'ticks']);
  });

  test('and be refused from the start when the session has ended', async () => {
    const { token, user } = await register(here);
    await login(there, user.email);
    const socket = await connect(sockets, token);
    expect(await socket.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
  });
});

test("HUFU-13 a team's callback or source that throws at the end of a session MUST be logged, and disturb nothing else", async () => {
  const { token, user } = await register(here);
  await gql(here, { query: '{ remember }', token });
  const session = sessions.at(-1);
  if (session === undefined) throw new Error('no session');
  hufu.watch(session, () => {
    throw new Error('the team has no more room');
  });
  const end = new Promise<RejectedSession>((resolve) => hufu.watch(session, resolve));
  const socket = await connect(sockets, token);
  subscribe(socket, 'failing', 'subscription { failing }');
  socket.send({ type: 'ping' });
  await socket.message('pong');
  errors.length = 0;
  await login(there, user.email);

  expect((await end).reason).toBe('SUPERSEDED');
  expect(await socket.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
  expect(errors.sort()).toEqual([
    'a callback of hufu.watch failed',
    'the source of a subscription failed as it was stopped',
  ]);
});

test("HUFU-11 a websocket without a token MUST be accepted, so that each of the team's resolvers decides", async () => {
  const socket = await connect(sockets);
  subscribe(socket, 'open', 'subscription { open }');
  await socket.message('complete');
  expect(socket.messages.filter(({ type }) => type === 'next').map(({ payload }) => payload)).toEqual(
    [1, 2, 3].map((open) => ({ data: { open } })),
  );
  subscribe(socket, 'ticks', 'subscription { ticks }');
  await expect.poll(() => socket.messages.filter(({ id }) => id === 'ticks')).toHaveLength(2);
  const [refused] = socket.messages.filter(({ id }) => id === 'ticks');
  expect(refused?.payload).toMatchObject({
    errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'NO_TOKEN' } }],
  });
  socket.close();
});

test('HUFU-12 hufu.watch MUST report once that another node ends the session, and at once that it has ended before', async () => {
  const { token, user } = await register(here);
  await gql(here, { query: '{ remember }', token });
  const session = sessions.at(-1);
  if (session === undefined) throw new Error('no session');
  const unwatched: RejectedSession[] = [];
  const unwatch = hufu.watch(session, (how) => unwatched.push(how));
  unwatch();

  const ends: RejectedSession[] = [];
  hufu.watch(session, (how) => ends.push(how));
  const other = new Promise<RejectedSession>((resolve) => hufu.watch(session, resolve));
  await login(there, user.email);
  await other;
  expect(ends).toMatchObject([{ kind: 'rejected', reason: 'SUPERSEDED', sessionId: session.id }]);
  const later = new Promise<RejectedSession>((resolve) => hufu.watch(session, resolve));
  expect((await later).reason).toBe('SUPERSEDED');
  expect(ends).toHaveLength(1);
  expect(unwatched).toEqual([]);
});

test('HUFU-14 a document over a websocket MUST be held to the limits of HTTP', async () => {
  const { token } = await register(here);
  const socket = await connect(sockets, token);
  const fields = (count: number) =>
    Array.from({ length: count }, (_, at) => `a${String(at)}: __typename`).join(' ');
  subscribe(socket, 'many', `{ ${fields(65)} }`);
  expect((await socket.message('error')).payload).toMatchObject([
    { message: 'The operation asks for too many fields at its top: 64 are allowed.' },
  ]);
  subscribe(socket, 'few', `{ ${fields(2)} }`);
  expect((await socket.message('next')).payload).toEqual({ data: { a0: 'Query', a1: 'Query' } });
});

test('HUFU-15 each event of a subscription MUST have its own time limit for the database', async () => {
  const { token, session } = await register(here);
  const socket = await connect(sockets, token);
  // All events together take more than the 3 s that one request may take.
  wire.delay(280);
  subscribe(socket, 'people', 'subscription { people { sessions { id } } }');
  await socket.message('complete');
  wire.delay(0);
  const events = socket.messages.filter(({ type }) => type === 'next').map(({ payload }) => payload);
  expect(events).toEqual(
    Array.from({ length: 12 }, () => ({ data: { people: { sessions: [{ id: session.id }] } } })),
  );
});
