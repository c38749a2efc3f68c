// `hufu/client` where the platform fails it: a full storage, a network that swallows connections, a proxy that loses headers.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  createSession,
  type HufuSession,
  localStore,
  memoryStore,
  type SessionState,
} from '../../src/client/index.js';

const url = 'http://hufu.example/graphql';

const signedIn = (name: string): SessionState => ({
  status: 'signedIn',
  token: `token of ${name}`,
  sessionId: name,
  userId: 'ann',
});

const sessions: HufuSession[] = [];
const openSignedIn = () => {
  const store = memoryStore();
  store.write(signedIn('first'));
  const session = createSession({ url, storage: store });
  sessions.push(session);
  return session;
};

beforeEach(() => {
  vi.stubGlobal('WebSocket', undefined);
});

afterEach(() => {
  for (const session of sessions.splice(0)) session.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a full storage loses no newer session, and brings back none', () => {
  const kept = new Map<string, string>();
  let isFull = false;
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem(key: string, value: string) {
      if (isFull) throw new Error('QuotaExceededError');
      kept.set(key, value);
    },
  });
  let storageChanged: (event: { key: string | null }) => void = () => undefined;
  vi.stubGlobal('addEventListener', (_: string, listener: typeof storageChanged) => {
    storageChanged = listener;
  });
  const store = localStore();
  store.onChange(() => undefined);
  store.write(signedIn('first'));
  isFull = true;
  store.write(signedIn('second'));
  expect(store.read()).toEqual(signedIn('second'));
  // Another tab signs in after all.
  kept.set('hufu', JSON.stringify(signedIn('third')));
  storageChanged({ key: 'hufu' });
  expect(store.read()).toEqual(signedIn('third'));

  store.write(signedIn('fourth'));
  isFull = false;
  store.write({ status: 'signedOut', ended: null });
  kept.clear();
  storageChanged({ key: null });
  expect(store.read()).toBeNull();
});

test('a websocket that does not open is given up for another', () => {
  vi.useFakeTimers();
  const sockets: { isClosed: boolean }[] = [];
  class Connecting {
    isClosed = false;
    constructor() {
      sockets.push(this);
    }
    send() {
      throw new Error('InvalidStateError');
    }
    close() {
      this.isClosed = true;
    }
  }
  vi.stubGlobal('WebSocket', Connecting);
  openSignedIn();
  vi.advanceTimersByTime(31_000);
  expect(sockets.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

describe('a session', () => {
  const answerWith = (answer: object) => {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json(answer)));
  };

  test('outlives credentials of the app that are refused, and a token that is lost on the way', async () => {
    const session = openSignedIn();
    answerWith({ errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'INVALID_TOKEN' } }] });
    await session.fetch(url, { headers: { authorization: 'Bearer another' } });
    answerWith({ errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'NO_TOKEN' } }] });
    await session.fetch(url);
    answerWith({ data: { session: { __typename: 'SignedOut', reason: 'NO_TOKEN', sessionId: null } } });
    await session.check();
    await session.settled();
    expect(session.getSnapshot()).toEqual(signedIn('first'));

    answerWith({ errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'IDLE' } }] });
    await session.fetch(url);
    await expect.poll(() => session.getSnapshot().status).toBe('signedOut');
  });

  test('takes the token of a mutation that the app sends as a Request', async () => {
    const session = openSignedIn();
    const { token } = signedIn('second') as { token: string };
    const changePassword = {
      ...{ __typename: 'ChangePasswordSuccess', token },
      ...{ session: { id: 'second' }, user: { id: 'ann' } },
    };
    answerWith({ data: { changePassword } });
    const body = JSON.stringify({ query: 'mutation { changePassword { __typename } }' });
    await session.fetch(new Request(url, { method: 'POST', body }));
    expect(session.getSnapshot()).toEqual(signedIn('second'));
  });
});
