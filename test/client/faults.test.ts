// `hufu/client` under faults of the platform, the network and the answers: a full localStorage, a network that drops packets,
// a proxy that removes headers, a user who signs out while a request is pending.

import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  createSession,
  type HufuSession,
  localStore,
  memoryStore,
  reasonSentence,
  type SessionOptions,
  type SessionState,
} from '../../src/client/index.js';
import { sessionLink } from '../../src/client/apollo.js';

const url = 'http://hufu.example/graphql';

const signedIn = (name: string): SessionState => ({
  status: 'signedIn',
  token: `token of ${name}`,
  sessionId: name,
  userId: 'ann',
});

const sessions: HufuSession[] = [];
const open = (options: Partial<SessionOptions> = {}) => {
  const session = createSession({ url, ...options });
  sessions.push(session);
  return session;
};
const openSignedIn = () => {
  const store = memoryStore();
  store.write(signedIn('first'));
  return open({ storage: store });
};

test.each([
  [null, 'the options'],
  ['a secret', 'the options'],
  [[], 'the options'],
  [{}, 'url'],
  [{ url: 'http://a secret' }, 'url'],
  [{ url: ['a secret'] }, 'url'],
  [{ url: Symbol('a secret') }, 'url'],
  [{ url, webSocketUrl: '' }, 'webSocketUrl'],
  [{ url, storage: 'a secret' }, 'storage'],
  [{ url, storage: { read: () => null } }, 'storage'],
  [{ url, device: 'a secret' }, 'device'],
  [{ url, trustedOrigins: 'a secret' }, 'trustedOrigins'],
  [{ url, trustedOrigin: [] }, 'no option trustedOrigin'],
])('createSession refuses invalid options by name and never repeats a value: %o', (options, name) => {
  const refused = () => createSession(options as SessionOptions);
  expect(refused).toThrow(`createSession: ${name.startsWith('no ') ? 'there is ' : ''}${name}`);
  expect(refused).not.toThrow('a secret');
});

/** Stubs the `localStorage` that the tabs of a browser share, and the events that tell tabs of changes. */
function stubBrowser() {
  const kept = new Map<string, string>();
  const listeners = new Map<string, Set<(event: object) => void>>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  vi.stubGlobal('addEventListener', (type: string, listener: (event: object) => void) => {
    listeners.set(type, (listeners.get(type) ?? new Set()).add(listener));
  });
  vi.stubGlobal('removeEventListener', (type: string, listener: (event: object) => void) => {
    listeners.get(type)?.delete(listener);
  });
  return {
    kept,
    tell(type: 'storage' | 'pageshow' | 'online', event: object = {}) {
      for (const listener of listeners.get(type) ?? []) listener(event);
    },
  };
}

/** Makes the server's answer to a mutation that opens a session. */
const opens = (field: string, type: string, name: string) => {
  const { token } = signedIn(name) as { token: string };
  return { data: { [field]: { __typename: type, token, session: { id: name }, user: { id: 'ann' } } } };
};
const sentBody = (init: RequestInit | undefined) =>
  JSON.parse(init?.body as string) as { query: string; variables?: { input: Record<string, string> } };

beforeEach(() => {
  vi.stubGlobal('WebSocket', undefined);
});

afterEach(() => {
  for (const session of sessions.splice(0)) session.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a full localStorage neither loses the newest session nor restores an older one', () => {
  const { kept, tell } = stubBrowser();
  let isFull = false;
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem(key: string, value: string) {
      if (isFull) throw new Error('QuotaExceededError');
      kept.set(key, value);
    },
  });
  const store = localStore();
  store.onChange(() => undefined);
  store.write(signedIn('first'));
  isFull = true;
  store.write(signedIn('second'));
  expect(store.read()).toEqual(signedIn('second'));
  // Another tab signs in, and its write succeeds.
  kept.set('hufu', JSON.stringify(signedIn('third')));
  tell('storage', { key: 'hufu' });
  expect(store.read()).toEqual(signedIn('third'));

  store.write(signedIn('fourth'));
  isFull = false;
  store.write({ status: 'signedOut', ended: null });
  kept.clear();
  tell('storage', { key: null });
  expect(store.read()).toBeNull();
});

test.each([
  ['another user signed in', signedIn('second')],
  ['the user signed out', { status: 'signedOut', ended: null } as const],
])('a full localStorage leaves no session for the next page, since it cannot store that %s', (_, next) => {
  const { kept } = stubBrowser();
  kept.set('hufu', JSON.stringify(signedIn('first')));
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem() {
      throw new Error('QuotaExceededError');
    },
    removeItem: (key: string) => void kept.delete(key),
  });
  const store = localStore();
  store.write(next);
  expect(store.read()).toEqual(next);
  expect(localStore().read()).toBeNull();
});

test.each([
  ['is not JSON', '{"status":', null],
  ['is not an object', '"signedIn"', null],
  ['has a token that is not a string', '{"status":"signedIn","token":7,"sessionId":"a"}', null],
  ['has a reason that does not exist', '{"status":"signedOut","ended":{"reason":"__proto__"}}', null],
  [
    'has a device of another shape',
    'SUPERSEDED',
    'You were signed out because you signed in on another device.',
  ],
])('a page reads a stored state that %s without an error', (_, text, sentence) => {
  const { kept } = stubBrowser();
  const by = { kind: 'WEB', name: { toString: 1 } };
  const isEnd = text === 'SUPERSEDED';
  kept.set(
    'hufu',
    isEnd ? JSON.stringify({ status: 'signedOut', ended: { reason: text, at: {}, by } }) : text,
  );
  const state = open({ storage: 'localStorage' }).getSnapshot();
  if (state.status !== 'signedOut') throw new Error(state.status);
  expect(state.ended && reasonSentence(state.ended)).toBe(sentence);
});

test('a page from the back/forward cache shows who is signed in now', () => {
  const { kept, tell } = stubBrowser();
  const session = open({ storage: 'localStorage' });
  kept.set('hufu', JSON.stringify(signedIn('second')));
  tell('pageshow');
  expect(session.getSnapshot()).toEqual(signedIn('second'));
  session.stop();
  kept.clear();
  tell('pageshow');
  expect(session.getSnapshot()).toEqual(signedIn('second'));
});

test.each(['hufu', null])('a tab signs out when another tab removes the storage key %s', (key) => {
  const { kept, tell } = stubBrowser();
  kept.set('hufu', JSON.stringify(signedIn('first')));
  const session = open({ storage: 'localStorage' });
  kept.clear();
  tell('storage', { key: 'of the app' });
  expect(session.getSnapshot()).toEqual(signedIn('first'));
  tell('storage', { key });
  expect(session.getSnapshot()).toEqual({ status: 'signedOut', ended: null });
});

test('when a listener throws, the other listeners are called and the error is reported', () => {
  const { kept, tell } = stubBrowser();
  const session = open({ storage: 'localStorage' });
  const reports: (() => void)[] = [];
  vi.stubGlobal('queueMicrotask', (report: () => void) => reports.push(report));
  session.subscribe(() => {
    throw new Error('a fault of the app');
  });
  let calls = 0;
  session.subscribe(() => (calls += 1));
  kept.set('hufu', JSON.stringify(signedIn('first')));
  tell('storage', { key: 'hufu' });
  expect(calls).toBe(1);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toThrow('a fault of the app');
});

test('a page signs in without TLS, and on a platform without AbortSignal.timeout', async () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  vi.stubGlobal('AbortSignal', {});
  const keys: unknown[] = [];
  vi.stubGlobal('fetch', (_: string, init?: RequestInit) => {
    keys.push(sentBody(init).variables?.input['idempotencyKey']);
    return Promise.resolve(Response.json(opens('login', 'LoginSuccess', 'first')));
  });
  const session = open();
  await session.login({ email: 'ann@example.com', password: 'a' });
  await session.login({ email: 'ann@example.com', password: 'a' });
  expect(session.getSnapshot()).toEqual(signedIn('first'));
  for (const key of keys) expect(key).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
  expect(new Set(keys).size).toBe(2);
});

test('a server renders a page whose session has a path as its URL', () => {
  const session = open({ url: '/graphql', storage: 'localStorage' });
  expect(session.getSnapshot()).toEqual({ status: 'signedOut', ended: null });
});

test('a websocket that does not open within 30 s is replaced, also on a page that wakes up', () => {
  vi.useFakeTimers();
  const { tell } = stubBrowser();
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
  vi.advanceTimersByTime(10_000);
  tell('online');
  expect(sockets.map(({ isClosed }) => isClosed)).toEqual([false]);
  vi.advanceTimersByTime(21_000);
  expect(sockets.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

test.each([
  ['a subscription that is refused', ['{"type":"connection_ack"}', '{"id":"1","type":"error","payload":[]}']],
  ['a subscription that ends', ['{"type":"connection_ack"}', '{"id":"1","type":"complete"}']],
  ['a content security policy that forbids it', null],
])('the session opens its websocket again, with growing pauses, after %s', async (_, messages) => {
  vi.useFakeTimers();
  let connections = 0;
  class Refused {
    onmessage: ((event: { data: unknown }) => void) | null = null;
    constructor() {
      connections += 1;
      if (messages === null) throw new Error('SecurityError');
      queueMicrotask(() => {
        for (const data of ['no JSON', 'null', ...messages]) this.onmessage?.({ data });
      });
    }
    send() {
      return undefined;
    }
    close() {
      return undefined;
    }
  }
  vi.stubGlobal('WebSocket', Refused);
  openSignedIn();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(connections).toBeGreaterThan(2);
  expect(connections).toBeLessThan(8);
});

describe('the websocket of a device that has slept', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    // Removes the jitter from the pauses.
    vi.spyOn(Math, 'random').mockReturnValue(1);
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Stubs a server that answers until the network drops everything without closing a connection. */
  const connect = () => {
    const network = { isLost: false, sockets: [] as { isClosed: boolean }[] };
    class Socket {
      static readonly CONNECTING = 0;
      static readonly OPEN = 1;
      static readonly CLOSING = 2;
      static readonly CLOSED = 3;
      readonly readyState = Socket.OPEN;
      onopen: (() => void) | null = null;
      onmessage: ((event: { data: unknown }) => void) | null = null;
      onclose: ((event: object) => void) | null = null;
      isClosed = false;
      constructor() {
        network.sockets.push(this);
        this.#later(() => this.onopen?.());
      }
      send(text: string) {
        const { type } = JSON.parse(text) as { type: string };
        const answer = { connection_init: 'connection_ack', ping: 'pong' }[type];
        if (answer === undefined) return;
        this.#later(() => this.onmessage?.({ data: JSON.stringify({ type: answer }) }));
      }
      close() {
        this.isClosed = true;
      }
      #later(work: () => void) {
        queueMicrotask(() => {
          if (!network.isLost) work();
        });
      }
    }
    vi.stubGlobal('WebSocket', Socket);
    return network;
  };
  const areClosed = ({ sockets }: ReturnType<typeof connect>) => sockets.map(({ isClosed }) => isClosed);

  test.each(['online', 'pageshow'] as const)(
    'is replaced after the event "%s" if the server does not answer a ping, and kept if it does',
    async (event) => {
      const { tell } = stubBrowser();
      const network = connect();
      openSignedIn();
      await vi.advanceTimersByTimeAsync(31_000);
      tell(event);
      await vi.advanceTimersByTimeAsync(7_000);
      expect(areClosed(network)).toEqual([false]);
      network.isLost = true;
      tell(event);
      await vi.advanceTimersByTimeAsync(6_500);
      expect(areClosed(network)).toEqual([true, false]);
    },
  );

  test('is opened at once when the network returns, however long it was away', async () => {
    const { tell } = stubBrowser();
    let attempts = 0;
    class Unreachable {
      onclose: ((event: object) => void) | null = null;
      constructor() {
        attempts += 1;
        queueMicrotask(() => this.onclose?.({ code: 1006 }));
      }
      close() {
        return undefined;
      }
    }
    vi.stubGlobal('WebSocket', Unreachable);
    openSignedIn();
    // The pauses are 1, 2, 4, 8 and 16 s, and then always 30 s.
    await vi.advanceTimersByTimeAsync(32_000);
    expect(attempts).toBe(6);
    tell('online');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(attempts).toBe(7);
    // A network that flaps causes no storm of connections.
    for (let tenths = 0; tenths < 30; tenths += 1) {
      tell('online');
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(attempts).toBeLessThanOrEqual(10);
    expect(attempts).toBeGreaterThan(7);
  });

  test('is replaced by Apollo Client, which pauses at most 30 s between attempts', async () => {
    const network = connect();
    const session = openSignedIn();
    session.stop();
    const client = new ApolloClient({ link: sessionLink(session), cache: new InMemoryCache() });
    const subscription = client.subscribe({ query: gql('subscription { a }') }).subscribe({});
    await vi.advanceTimersByTimeAsync(90_000);
    expect(areClosed(network)).toEqual([true, false]);
    network.isLost = true;
    await vi.advanceTimersByTimeAsync(40_000);
    expect(areClosed(network)).toEqual([true, true, false]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    network.isLost = false;
    const { length } = network.sockets;
    await vi.advanceTimersByTimeAsync(61_000);
    expect(areClosed(network).slice(length)).toEqual([false]);
    subscription.unsubscribe();
  });
});

describe('a session', () => {
  const answerWith = (answer: unknown) => {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json(answer)));
  };

  test.each([
    [{ errors: 'none' }],
    [{ errors: [null, { extensions: null }, { extensions: 'UNAUTHENTICATED' }] }],
    [{ data: { a: null, b: { __typename: { toString: 1 } } } }],
    [null],
  ])('passes the unexpected answer %j on to the app and stays signed in', async (answer) => {
    const session = openSignedIn();
    answerWith(answer);
    const body = '{"query":"mutation { a }"}';
    const response = await session.fetch(url, { method: 'POST', body });
    expect(await response.json()).toEqual(answer);
    expect(session.getSnapshot()).toEqual(signedIn('first'));
  });

  test('ends with INVALID_TOKEN when only a newer client knows the reason', async () => {
    const session = openSignedIn();
    const ended = { __typename: 'SignedOut', reason: 'MOVED', sessionId: 'first', at: null, by: null };
    answerWith({ data: { session: ended } });
    await session.check();
    expect(session.getSnapshot()).toMatchObject({ status: 'signedOut', ended: { reason: 'INVALID_TOKEN' } });
  });

  test('is opened by a retry after a proxy answered with JSON of its own', async () => {
    const answers: unknown[] = [{ message: 'Service Unavailable' }, opens('login', 'LoginSuccess', 'first')];
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json(answers.shift())));
    const result = await open().login({ email: 'ann@example.com', password: 'a' });
    expect(result).toMatchObject({ __typename: 'LoginSuccess' });
  });

  test('is not requested with an idempotency key that the server has forgotten', async () => {
    vi.useFakeTimers();
    const beganAtMs = performance.now();
    const attemptsMs: number[] = [];
    vi.stubGlobal('fetch', (_: string, init?: RequestInit) => {
      attemptsMs.push(performance.now() - beganAtMs);
      return new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    });
    const refused = expect(open().login({ email: 'ann@example.com', password: 'a' })).rejects.toMatchObject({
      code: 'NO_ANSWER',
    });
    await vi.advanceTimersByTimeAsync(180_000);
    await refused;
    // The server remembers a key for 60 s, and each attempt may take 15 s.
    expect(attemptsMs.length).toBeGreaterThan(1);
    expect(attemptsMs.at(-1)).toBeLessThan(45_000);
  });

  test('sends its token to a trusted origin that is written as a URL', async () => {
    const store = memoryStore();
    store.write(signedIn('first'));
    const session = open({ storage: store, trustedOrigins: ['https://orders.example.com/'] });
    let sent: string | null = null;
    vi.stubGlobal('fetch', (_: string, init?: RequestInit) => {
      sent = new Headers(init?.headers).get('authorization');
      return Promise.resolve(Response.json({}));
    });
    await session.fetch('https://orders.example.com/graphql');
    expect(sent).toBe('Bearer token of first');
  });

  describe('while a mutation is pending', () => {
    const changed = opens('changePassword', 'ChangePasswordSuccess', 'second');
    const acts: [string, object, (session: HufuSession) => Promise<unknown>][] = [
      [
        'a change of the password',
        changed,
        (session) => session.changePassword({ currentPassword: 'a', newPassword: 'b' }),
      ],
      [
        'a sign-in',
        opens('login', 'LoginSuccess', 'second'),
        (session) => session.login({ email: 'ann@example.com', password: 'a' }),
      ],
      [
        "a mutation of the app's own",
        changed,
        (session) => session.fetch(url, { method: 'POST', body: '{"query":"mutation { changePassword }"}' }),
      ],
    ];
    /** Holds the answer back until `release`, and collects the tokens that were signed out. */
    const holdBack = (answer: object) => {
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      const signedOut: (string | null)[] = [];
      vi.stubGlobal('fetch', async (_: string, init?: RequestInit) => {
        if (sentBody(init).query.includes('Logout')) {
          signedOut.push(new Headers(init?.headers).get('authorization'));
          return Response.json({ data: { logout: { session: null } } });
        }
        await released;
        return Response.json(answer);
      });
      return { release, signedOut };
    };

    test.each(acts)(
      'is signed out at once by a sign-out, and not signed in again by %s',
      async (_, answer, begin) => {
        const session = openSignedIn();
        const { release, signedOut } = holdBack(answer);
        const act = begin(session);
        await session.logout();
        expect(signedOut).toEqual(['Bearer token of first']);
        release();
        await act;
        expect(session.getSnapshot()).toMatchObject({ status: 'signedOut', ended: { reason: 'LOGGED_OUT' } });
        expect(signedOut).toEqual(['Bearer token of first', 'Bearer token of second']);
      },
    );

    test.each([
      ['the user signs out', { status: 'signedOut', ended: { reason: 'LOGGED_OUT', at: null, by: null } }],
      ['another user signs in', signedIn('bob')],
    ])(
      'takes the state of another tab where %s, and ends the session of the mutation',
      async (_, elsewhere) => {
        const { kept } = stubBrowser();
        kept.set('hufu', JSON.stringify(signedIn('first')));
        const session = open({ storage: 'localStorage' });
        const { release, signedOut } = holdBack(changed);
        const act = session.changePassword({ currentPassword: 'a', newPassword: 'b' });
        await new Promise(setImmediate);
        kept.set('hufu', JSON.stringify(elsewhere));
        release();
        await act;
        expect(session.getSnapshot()).toEqual(elsewhere);
        expect(signedOut).toEqual(['Bearer token of second']);
      },
    );
  });

  test("stays signed in when the app's own credentials are refused, and when a proxy removes the token", async () => {
    const session = openSignedIn();
    answerWith({ errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'INVALID_TOKEN' } }] });
    await session.fetch(url, { headers: { authorization: 'Bearer another' } });
    let requests = 0;
    vi.stubGlobal('fetch', () => {
      requests += 1;
      return Promise.resolve(Response.json(opens('changePassword', 'ChangePasswordSuccess', 'another')));
    });
    await session.fetch(url, {
      method: 'POST',
      headers: { authorization: 'Bearer another' },
      body: '{"query":"mutation { changePassword }"}',
    });
    // A second request would have ended the session of those credentials.
    expect(requests).toBe(1);
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

  test('ends when the server refuses an earlier token of the same session', async () => {
    const session = openSignedIn();
    let refuse: (answer: Response) => void = () => undefined;
    vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (refuse = resolve)));
    const read = session.fetch(url, { method: 'POST', body: '{"query":"{ me { id } }"}' });
    const { data } = opens('login', 'LoginSuccess', 'first');
    answerWith({ data: { login: { ...data['login'], token: 'another token of first' } } });
    await session.fetch(url, { method: 'POST', body: '{"query":"mutation { login }"}' });
    expect(session.getSnapshot()).toMatchObject({ token: 'another token of first', sessionId: 'first' });

    const extensions = { code: 'UNAUTHENTICATED', reason: 'SUPERSEDED', sessionId: 'first' };
    refuse(Response.json({ errors: [{ extensions }] }));
    await read;

    await expect.poll(() => session.getSnapshot()).toMatchObject({ ended: { reason: 'SUPERSEDED' } });
  });

  test('takes the new token from a mutation that the app sends as a Request', async () => {
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
