// `hufu/client` against a node: a device signs in and out, learns at once why its session ended, and ignores the end of a
// session whose token it has replaced.

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';

import {
  createSession,
  type HufuSession,
  memoryStore,
  reasonSentence,
  type SessionOptions,
  type SessionState,
} from '../../src/client/index.js';
import { useSession } from '../../src/client/react.js';
import { enrol } from '../support/factors.js';
import { gate } from '../support/gate.js';
import { gql } from '../support/gql.js';
import { loseFirstAnswer } from '../support/loseFirstAnswer.js';
import {
  historyOperation,
  laptop,
  login,
  meOperation,
  password,
  phone,
  randomEmail,
  register,
} from '../support/operations.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { startSession } from '../../examples/client/session.js';

const newPassword = 'four boats in the fog';
const me = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"query":"{ me { id } }"}',
};

describe('a session of hufu/client', () => {
  let node: RunningNode;
  const sessions: HufuSession[] = [];
  let sockets: WebSocket[] = [];

  beforeAll(async () => {
    node = await startNode();
  });

  beforeEach(() => {
    class Socket extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        sockets.push(this);
      }
    }
    vi.stubGlobal('WebSocket', Socket);
  });

  afterEach(() => {
    for (const session of sessions.splice(0)) session.stop();
    sockets = [];
    vi.unstubAllGlobals();
  });

  const open = (options: Partial<SessionOptions> = {}) => {
    const session = createSession({
      url: `${node.url}/graphql`,
      device: { kind: 'MOBILE', name: 'Pixel 9' },
      ...options,
    });
    sessions.push(session);
    const seen: SessionState[] = [];
    session.subscribe(() => seen.push(session.getSnapshot()));
    return { session, seen };
  };
  const opened = async () => {
    const { session, seen } = open();
    const email = randomEmail();
    const result = await session.register({ email, password });
    expect(result).toMatchObject({ __typename: 'RegisterSuccess' });
    return { session, seen, email, ...heldBy(session) };
  };
  const heldBy = (session: HufuSession) => {
    const state = session.getSnapshot();
    if (state.status !== 'signedIn') throw new Error(state.status);
    return state;
  };
  /** Signs in with an operation of the app's own. */
  const signInByApp = async (session: HufuSession, input: { email: string; idempotencyKey?: string }) => {
    const query = `mutation ($input: LoginInput!) { login(input: $input) {
      __typename ... on LoginSuccess { token session { id } user { id } } } }`;
    const body = JSON.stringify({ query, variables: { input: { ...input, password } } });
    const answer = await session.fetch(`${node.url}/graphql`, { ...me, body });
    return (await answer.json()) as { data: { login: { token: string } } };
  };
  /** Waits for the next second, because a token that is signed within the same second is the same. */
  const nextSecond = () => setTimeout(1_000 - (Date.now() % 1_000));
  const whenWatched = async (socket = 0) => {
    await expect.poll(() => sockets[socket]?.readyState).toBe(WebSocket.OPEN);
  };
  /** Waits until the session has ended, and gives the end that the server reported. */
  const endOf = async (session: HufuSession) => {
    await expect.poll(() => session.getSnapshot().status).toBe('signedOut');
    const state = session.getSnapshot();
    return state.status === 'signedOut' ? state.ended : null;
  };

  test('registers, and shows at once that a newer sign-in ended it', async () => {
    const { session, email, sessionId, userId } = await opened();
    const answer = await (await session.fetch(`${node.url}/graphql`, me)).json();
    expect(answer).toEqual({ data: { me: { id: userId } } });
    await whenWatched();
    await login(node.url, email, laptop);
    const ended = await endOf(session);
    expect(ended).toMatchObject({ reason: 'SUPERSEDED', sessionId, by: laptop });
    if (ended === null) throw new Error('unreachable');
    expect(reasonSentence(ended)).toBe(
      'You were signed out because you signed in on another device: Work laptop.',
    );
    expect(reasonSentence(ended, 'zh')).toBe('您在另一台设备(Work laptop)上登录,本设备已退出登录。');
    expect(reasonSentence({ reason: 'SUPERSEDED', by: null })).toMatch(/another device\.$/);
  });

  test('gives the refusal of a wrong password, and signs in with the correct one', async () => {
    const ann = await register(node.url);
    const { session } = open();
    expect(await session.login({ email: ann.user.email, password: 'not the password' })).toMatchObject({
      __typename: 'InvalidCredentials',
    });
    expect(session.getSnapshot()).toEqual({ status: 'signedOut', ended: null });
    const result = await session.login({ email: ann.user.email, password });
    expect(result).toMatchObject({ __typename: 'LoginSuccess', superseded: [{ id: ann.session.id }] });
    expect(heldBy(session).userId).toBe(ann.user.id);
  });

  test('says in a sentence that the user is signed in, or why not', async () => {
    const said: string[] = [];
    const session = startSession(`${node.url}/graphql`, (sentence) => said.push(sentence));
    sessions.push(session);
    await session.register({ email: randomEmail(), password });
    await session.logout();
    expect(said).toEqual(['You are signed in.', 'You have signed out.']);
  });

  test('signs in with a second factor, and confirms the identity', async () => {
    const first = await opened();
    const realTime = { now: () => new Date(), turn: () => undefined };
    const { recoveryCodes } = await enrol(node.url, first.token, realTime);
    const { session, seen } = open();
    const result = await session.login({ email: first.email, password });
    if (result.__typename !== 'SecondFactorRequired') throw new Error(result.__typename);
    expect(session.getSnapshot().status).toBe('signedOut');
    const challengeToken = result.challenge.token;
    const wrong = await session.completeLogin({ challengeToken, recoveryCode: 'AAAA' });
    expect(wrong.__typename).not.toBe('LoginSuccess');
    expect(seen).toEqual([]);
    // The answer is lost and the code is used up: the server recognises the repeated request.
    const sent = loseFirstAnswer();
    await session.completeLogin({ challengeToken, recoveryCode: recoveryCodes[0] });
    expect(sent()).toBe(2);
    const { token } = heldBy(session);
    const confirmed = await session.confirmIdentity({ password, recoveryCode: recoveryCodes[1] });
    expect(confirmed.__typename).toBe('ConfirmIdentitySuccess');
    expect(heldBy(session).token).not.toBe(token);
    expect(seen.map(({ status }) => status)).toEqual(['signedIn', 'signedIn']);
  });

  test('repeats a sign-in whose answer is lost, and opens one session only', async () => {
    const ann = await register(node.url, { device: phone });
    const sent = loseFirstAnswer();
    const { session } = open();
    const result = await session.login({ email: ann.user.email, password });
    vi.unstubAllGlobals();
    expect(result).toMatchObject({ __typename: 'LoginSuccess', superseded: [{ id: ann.session.id }] });
    expect(sent()).toBe(2);
    const { token, sessionId } = heldBy(session);
    const { data } = await gql(node.url, { query: historyOperation, token });
    expect(data?.me.history.edges.map((edge) => edge.node.id)).toEqual([sessionId, ann.session.id]);
  });

  test('signs out on the device before the server answers, and on the server by a retry', async () => {
    const { session, token } = await opened();
    const { fetch } = globalThis;
    const states: SessionState[] = [];
    vi.stubGlobal('fetch', (...parameters: Parameters<typeof fetch>) => {
      states.push(session.getSnapshot());
      return states.length === 1 ? Promise.reject(new TypeError('fetch failed')) : fetch(...parameters);
    });
    await session.logout();
    const signedOut = { status: 'signedOut', ended: { reason: 'LOGGED_OUT' } };
    expect(states).toMatchObject([signedOut, signedOut]);
    const { errors } = await gql(node.url, { query: meOperation, token });
    expect(errors[0]?.extensions.reason).toBe('LOGGED_OUT');
  });

  test.each(['before', 'after'] as const)(
    'stays signed in when the end of its old session arrives %s the answer with the new one',
    async (order) => {
      const end = gate();
      const answer = gate();
      let acknowledged = 0;
      /** Holds the end back if the answer is to arrive first. */
      class Socket extends WebSocket {
        override emit(event: string | symbol, ...rest: unknown[]): boolean {
          const text = event === 'message' ? String(rest[0]) : '';
          if (text.includes('connection_ack')) acknowledged += 1;
          const isEnd = text.includes('PASSWORD_CHANGED');
          if (isEnd) end.open();
          if (!isEnd || order === 'before') return super.emit(event, ...rest);
          void answer.opened.then(() => super.emit(event, ...rest));
          return true;
        }
      }
      vi.stubGlobal('WebSocket', Socket);
      const { session, seen, email, token, sessionId } = await opened();
      await expect.poll(() => acknowledged).toBe(1);
      const { fetch } = globalThis;
      vi.stubGlobal('fetch', async (...parameters: Parameters<typeof fetch>) => {
        const response = await fetch(...parameters);
        if (order === 'before') await end.opened;
        return response;
      });
      const result = await session.changePassword({ currentPassword: password, newPassword });
      answer.open();
      expect(result).toMatchObject({ __typename: 'ChangePasswordSuccess' });
      const now = heldBy(session);
      expect([now.token === token, now.sessionId === sessionId]).toEqual([false, false]);

      // The session watches its new row from then on, and the app saw no other state.
      await expect.poll(() => acknowledged).toBe(2);
      expect(seen.map(({ status }) => status)).toEqual(['signedIn', 'signedIn']);
      const input = { email, password: newPassword, device: laptop };
      await gql(node.url, {
        query: 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
        variables: { input },
      });
      expect(await endOf(session)).toMatchObject({ reason: 'SUPERSEDED' });
    },
  );

  test('ends when a request is refused, unless that request carried a token which it has replaced', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const { session, email, token } = await opened();
    const held = gate();
    const { fetch } = globalThis;
    let isHeld = true;
    vi.stubGlobal('fetch', async (...parameters: Parameters<typeof fetch>) => {
      const isRead = parameters[1]?.body === me.body && isHeld;
      isHeld = false;
      const response = await fetch(...parameters);
      if (isRead) await held.opened;
      return response;
    });
    await gql(node.url, { query: 'mutation { logout { session { id } } }', token });
    const slow = session.fetch(`${node.url}/graphql`, me);
    await session.login({ email, password });
    held.open();
    const refused = (await (await slow).json()) as { errors: { extensions: unknown }[] };
    expect(refused.errors[0]?.extensions).toMatchObject({ reason: 'LOGGED_OUT' });
    await session.settled();
    expect(session.getSnapshot().status).toBe('signedIn');

    await login(node.url, email, laptop);
    await session.fetch(`${node.url}/graphql`, me);
    expect(await endOf(session)).toMatchObject({ reason: 'SUPERSEDED', by: laptop });
  });

  test("takes the token from an operation of the app's own, and sends it to trusted origins only", async () => {
    const { session, email } = await opened();
    const before = heldBy(session).sessionId;
    await signInByApp(session, { email });
    expect(heldBy(session).sessionId).not.toBe(before);

    const sent: [string, string | null][] = [];
    vi.stubGlobal('fetch', (url: string, init?: RequestInit) => {
      sent.push([url, new Headers(init?.headers).get('authorization')]);
      return Promise.resolve(Response.json({}));
    });
    const trusted = open({
      trustedOrigins: ['https://orders.example.com'],
      storage: { ...memoryStore(), read: () => heldBy(session) },
    });
    await trusted.session.fetch('https://orders.example.com/graphql', me);
    await trusted.session.fetch('https://elsewhere.example.com/graphql', me);
    expect(sent).toEqual([
      ['https://orders.example.com/graphql', `Bearer ${heldBy(session).token}`],
      ['https://elsewhere.example.com/graphql', null],
    ]);
  });

  test("keeps the newest of the app's own sign-ins, whichever answer arrives last", async () => {
    vi.stubGlobal('WebSocket', undefined);
    const people = [await register(node.url), await register(node.url)] as const;
    const { session } = open();
    const held = gate();
    const { fetch } = globalThis;
    let isHeld = true;
    const ended: (string | null)[] = [];
    vi.stubGlobal('fetch', async (...parameters: Parameters<typeof fetch>) => {
      if (isHeld) await held.opened;
      const [, init] = parameters;
      const body = init?.body;
      if (typeof body === 'string' && body.includes('logout'))
        ended.push(new Headers(init?.headers).get('authorization'));
      return fetch(...parameters);
    });
    const [older, newer] = people.map(({ user }) => ({ email: user.email, idempotencyKey: randomUUID() }));
    if (older === undefined || newer === undefined) throw new Error('unreachable');

    const late = signInByApp(session, older);
    const repeated = signInByApp(session, newer);
    isHeld = false;
    await signInByApp(session, newer);
    expect(heldBy(session).userId).toBe(people[1].user.id);
    const { token } = heldBy(session);
    await nextSecond();
    held.open();
    const unwanted = (await late).data.login.token;
    // The repeated attempt gives its session again, with a token that was signed in another second.
    expect((await repeated).data.login.token).not.toBe(token);
    expect(heldBy(session).token).toBe(token);

    // A session that no device holds is ended; the repeated attempt does not end its own session.
    const live = async (token: string) =>
      (await gql(node.url, { query: meOperation, token })).data?.me ?? null;
    await expect.poll(() => live(unwanted)).toBeNull();
    expect(await live(token)).toMatchObject({ id: people[1].user.id });
    expect(ended).toEqual([`Bearer ${unwanted}`]);
  });

  test('takes its new token although a repeated sign-in gave another token of the same session meanwhile', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const { user } = await register(node.url);
    const { session } = open();
    const signIn = { email: user.email, idempotencyKey: randomUUID() };
    await signInByApp(session, signIn);
    const { token, sessionId } = heldBy(session);
    const held = gate();
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', async (...parameters: Parameters<typeof fetch>) => {
      const [, init] = parameters;
      if (typeof init?.body === 'string' && init.body.includes('changePassword')) await held.opened;
      return fetch(...parameters);
    });
    const changing = session.changePassword({ currentPassword: password, newPassword });
    await nextSecond();
    await signInByApp(session, signIn);
    expect(heldBy(session)).toMatchObject({ sessionId });
    expect(heldBy(session).token).not.toBe(token);
    held.open();
    expect(await changing).toMatchObject({ token: heldBy(session).token });
  });

  test('connects again after its websocket is cut, and learns from the new one why its session ended', async () => {
    const { session, email } = await opened();
    await whenWatched();
    sockets[0]?.terminate();
    await login(node.url, email, laptop);
    expect(await endOf(session)).toMatchObject({ reason: 'SUPERSEDED', by: laptop });
    // The server rejected the token on the second websocket; the client then asked for the reason over HTTP.
    expect(sockets).toHaveLength(2);
  });

  test('is unknown while a server renders the page, and opens no websocket there', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const { session } = open({ storage: 'localStorage' });
    const Page = () => createElement('p', null, useSession(session).status);
    expect(renderToString(createElement(Page))).toBe('<p>unknown</p>');
    expect(session.getSnapshot()).toEqual({ status: 'signedOut', ended: null });
    await session.check();
  });
});
