// hufu/remote against a fake Hufu that can be silent, slow, busy or wrong: its questions, the answers that it keeps, its feed,
// its options, and its outcome when Hufu cannot answer.

import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';

import { build } from 'esbuild';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { createAuthenticator } from '../../src/remote/authenticate.js';
import { createHufuConnection } from '../../src/remote/hufuConnection.js';
import { createFeedReader } from '../../src/remote/feedReader.js';
import { createRemoteHufu, requireFresh, requireUser } from '../../src/remote/index.js';
import type { RemoteEnd, RemoteHufuOptions } from '../../src/remote/index.js';
import { createWatcher } from '../../src/remote/watcher.js';
import { gate } from '../support/gate.js';
import { listen } from '../support/listen.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { type FakeHufu, serviceKey, startFakeHufu } from './fakeHufu.js';

const log = { warn: () => undefined };

let fake: FakeHufu;
beforeEach(async () => {
  fake = await startFakeHufu();
});

const remoteOf = (more: Partial<RemoteHufuOptions> = {}) => {
  const hufu = createRemoteHufu({ url: fake.url, serviceKey, log, ...more });
  whenFileEnds(() => {
    hufu.stop();
    return Promise.resolve();
  });
  return hufu;
};

const requestOf = (authorization?: string) =>
  new Request('http://host/', { headers: authorization === undefined ? {} : { authorization } });

describe('REMOTE-01 a token', () => {
  it('MUST be sent to Hufu in one batch with the tokens of that moment, and not at all if it is missing or malformed', async () => {
    const hufu = remoteOf();
    for (let user = 0; user < 40; user += 1) fake.live.add(`t${String(user)}`);
    const contexts = await Promise.all(
      Array.from({ length: 40 }, (_, user) => hufu.context(requestOf(`Bearer t${String(user)}`))),
    );
    expect(contexts.every(({ user }) => user !== null)).toBe(true);
    expect(fake.asked.length).toBeLessThanOrEqual(2);
    fake.asked.length = 0;
    expect((await hufu.context(requestOf())).hufu.session.kind).toBe('anonymous');
    expect((await hufu.context(requestOf('Bearer "x"'))).hufu.session).toMatchObject({ isMalformed: true });
    const junk = await hufu.context(requestOf(`Bearer ${'x'.repeat(5_000)}`));
    expect(junk.hufu.session).toMatchObject({ kind: 'rejected', reason: 'INVALID_TOKEN' });
    expect(fake.asked).toEqual([]);
  });

  it('MUST be sent in batches of at most 100 tokens and 100,000 bytes', async () => {
    const hufu = remoteOf();
    const tokens = Array.from({ length: 250 }, (_, index) => `${'x'.repeat(4_000)}${String(index)}`);
    await Promise.all(tokens.map((token) => hufu.context(requestOf(`Bearer ${token}`))));
    expect(fake.asked.flat().length).toBe(250);
    for (const batch of fake.asked) {
      expect(batch.length).toBeLessThanOrEqual(100);
      expect(JSON.stringify({ tokens: batch }).length).toBeLessThan(100_000);
    }
  });

  it('MUST be checked for each request by default, so that an ended session is refused at once with reason, at and by', async () => {
    const hufu = remoteOf();
    fake.live.add('t');
    const first = await hufu.context(requestOf('Bearer t'));
    expect(requireUser(first)).toEqual({
      id: 'user',
      email: 'ann@example.com',
      emailVerified: true,
      methods: ['PASSWORD', 'EMAIL_CODE'],
    });
    fake.live.delete('t');
    const second = await hufu.context(requestOf('Bearer t'));
    expect(second.user).toBeNull();
    expect(() => requireUser(second)).toThrow(
      expect.objectContaining({
        extensions: {
          code: 'UNAUTHENTICATED',
          reason: 'SUPERSEDED',
          at: '2030-01-01T00:00:00.000Z',
          by: { kind: 'TV', name: null },
        },
      }),
    );
  });

  it('MUST need the second factor for requireFresh once its user has added one', async () => {
    const hufu = remoteOf();
    fake.live.add('t');
    const { userMethods } = fake;
    fake.userMethods = ['PASSWORD', 'TOTP'];
    const context = await hufu.context(requestOf('Bearer t')).finally(() => {
      fake.userMethods = userMethods;
    });
    expect(requireUser(context).id).toBe('user');
    expect(() => requireFresh(context)).toThrow(
      expect.objectContaining({
        extensions: { code: 'STEP_UP_REQUIRED', maxAgeSeconds: 600, factors: ['PASSWORD', 'TOTP'] },
      }),
    );
  });

  it("MUST be as fresh as Hufu's clock says, whatever the host's clock says", async () => {
    const hufu = remoteOf();
    fake.live.add('t');
    const context = await hufu.context(requestOf('Bearer t'));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 86_400_000 });
    try {
      expect(requireFresh(context, { withinSeconds: 90 }).user.id).toBe('user');
      expect(() => requireFresh(context, { withinSeconds: 30 })).toThrow(
        expect.objectContaining({
          extensions: { code: 'STEP_UP_REQUIRED', maxAgeSeconds: 30, factors: ['PASSWORD', 'EMAIL_CODE'] },
        }),
      );
    } finally {
      vi.useRealTimers();
    }
  });
});

it.each(['is silent', 'is busy', 'stalls', 'babbles', 'refuses'] as const)(
  'REMOTE-02 a Hufu that %s MUST be SERVICE_UNAVAILABLE within the time limit, never a refusal',
  async (mode) => {
    const hufu = remoteOf({ timeoutMs: 1_000 });
    // The first request leaves a connection that is kept for the next one.
    await hufu.context(requestOf('Bearer t'));
    fake.asked.length = 0;
    fake.mode = mode;
    const startedAt = performance.now();
    const context = await hufu.context(requestOf('Bearer t'));
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(() => requireUser(context)).toThrow(
      expect.objectContaining({ extensions: { code: 'SERVICE_UNAVAILABLE' } }),
    );
    // A retry would add to the load of a Hufu that is overloaded. It would arrive at once.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(fake.asked.length).toBeLessThanOrEqual(1);
    fake.mode = 'answers';
    fake.live.add('t');
    expect((await hufu.context(requestOf('Bearer t'))).user?.id).toBe('user');
  },
);

it('REMOTE-02 a question over a kept connection that Hufu closes MUST be asked again over another', async () => {
  const used = new WeakSet<Socket>();
  const closing = createServer((request, response) => {
    if (used.has(request.socket)) request.socket.destroy();
    else response.end(JSON.stringify({ results: [{ active: false }], at: new Date() }));
    used.add(request.socket);
  });
  const hufu = remoteOf({ url: await listen(closing) });
  for (const token of ['a', 'b'])
    expect((await hufu.context(requestOf(`Bearer ${token}`))).hufu.session.kind).toBe('rejected');
});

it('REMOTE-02 an answer without an end MUST be cut instead of filling the memory', async () => {
  const endless = createServer((_request, response) => {
    const more = () => {
      if (response.write('x'.repeat(10_000))) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  const hufu = remoteOf({ url: await listen(endless), timeoutMs: 60_000 });
  expect((await hufu.context(requestOf('Bearer t'))).hufu.session.kind).toBe('unavailable');
});

it('REMOTE-02 answers that never end MUST NOT occupy the connections of later questions', async () => {
  const hufu = remoteOf({ timeoutMs: 60 });
  fake.mode = 'stalls';
  for (let count = 0; count < 9; count += 1) await hufu.context(requestOf('Bearer t'));
  fake.mode = 'answers';
  fake.live.add('t');
  await expect.poll(async () => (await hufu.context(requestOf('Bearer t'))).user?.id).toBe('user');
});

it('REMOTE-02 a batch that fails MUST fail its own tokens only', async () => {
  const results = (count: number) => Array.from({ length: count }, () => ({ active: false }));
  const failures: unknown[] = [];
  const { authenticate } = createAuthenticator({
    connection: {
      post: (_path, { tokens }: { tokens?: readonly string[] }) =>
        tokens?.includes('t0') === true
          ? Promise.reject(new Error('too late'))
          : Promise.resolve({ results: results(tokens?.length ?? 0), at: '2030-01-01T00:00:00.000Z' }),
    },
    feed: { on: () => undefined, silentMs: () => null },
    maxStaleMs: 0,
    timeoutMs: 2_000,
    onFailure: (error) => failures.push(error),
  });
  const outcomes = await Promise.all(
    Array.from({ length: 150 }, (_, index) => authenticate(`t${String(index)}`)),
  );
  const kinds = outcomes.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'unavailable')).toHaveLength(100);
  expect(kinds.filter((kind) => kind === 'rejected')).toHaveLength(50);
  expect(failures).toHaveLength(1);
});

/** Makes an authenticator whose questions are never answered. */
const unanswered = () => {
  const asked: string[] = [];
  const { authenticate } = createAuthenticator({
    connection: {
      post(_path, { tokens = [] }: { tokens?: readonly string[] }) {
        asked.push(...tokens);
        return new Promise(() => undefined);
      },
    },
    feed: { on: () => undefined, silentMs: () => null },
    maxStaleMs: 0,
    timeoutMs: 2_000,
    onFailure: () => undefined,
  });
  return { asked, authenticate };
};

it('REMOTE-08 a thousand streams that end together MUST leave the event loop turns for other work', async () => {
  const feed = new EventEmitter();
  const watcher = createWatcher({
    feed: { on: (name, listener) => feed.on(name, listener), start: () => undefined, isLive: () => false },
    ask: () => expect.fail(),
    maxSilenceMs: 12_000,
  });
  let ended = 0;
  for (let count = 0; count < 1_000; count += 1) watcher.watch(`s${String(count)}`, 't', () => (ended += 1));
  feed.emit('silent');
  let turns = 0;
  for (; ended < 1_000; turns += 1) await new Promise(setImmediate);
  expect(turns).toBeGreaterThanOrEqual(9);
});

it('REMOTE-07 a request MUST wait no longer than the time limit, the time in the queue included', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { asked, authenticate } = unanswered();
    const outcomes = [];
    for (const token of ['a', 'b', 'c']) {
      outcomes.push(authenticate(token));
      await new Promise(setImmediate);
    }
    // Two questions are sent, and the third waits in the queue.
    expect(asked).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await Promise.all(outcomes)).toEqual(Array(3).fill({ kind: 'unavailable' }));
  } finally {
    vi.useRealTimers();
  }
});

it('REMOTE-07 a flood of distinct tokens from one network MUST fill its share of the queue only', async () => {
  const { authenticate } = unanswered();
  let answered = 0;
  const flood = (count: number, ip: string) => {
    for (let index = 0; index < count; index += 1)
      void authenticate(`${ip}-${String(index)}`, ip).then(() => (answered += 1));
  };
  flood(7_600, '192.0.2.1');
  await new Promise(setImmediate);
  expect(answered).toBe(100);
  flood(2_500, '192.0.2.2');
  await new Promise(setImmediate);
  expect(answered).toBe(100);
  flood(1, '192.0.2.3');
  await new Promise(setImmediate);
  expect(answered).toBe(101);
});

it('REMOTE-07 a redirect MUST NOT be followed with the key, and ready MUST name the option url', async () => {
  const followed: unknown[] = [];
  let elsewhereUrl = '';
  const elsewhere = createServer((request, response) => {
    followed.push(request.headers);
    response.end();
  });
  const moved = createServer((_request, response) => {
    response.writeHead(307, { location: elsewhereUrl }).end();
  });
  elsewhereUrl = await listen(elsewhere);
  const hufu = remoteOf({ url: await listen(moved) });
  await expect(hufu.ready()).rejects.toThrow(/^url: .* redirects\./);
  expect((await hufu.context(requestOf('Bearer t'))).hufu.session.kind).toBe('unavailable');
  expect(followed).toEqual([]);
});

it.each([
  ['an event', `data: ${'x'.repeat(1_000)}\n`],
  ['a line', 'x'.repeat(1_000)],
])(
  'REMOTE-07 %s of the feed that never ends MUST end the connection instead of filling the memory',
  async (_name, piece) => {
    let connections = 0;
    const babbling = createServer((_request, response) => {
      connections += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = () => {
        if (response.write(piece.repeat(10))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    remoteOf({ url: await listen(babbling), maxStaleMs: 1_000 });
    await expect.poll(() => connections, { timeout: 10_000 }).toBeGreaterThan(1);
  },
);

it('REMOTE-03 a stop MUST end a feed that Hufu has not answered yet, and connect no more', async () => {
  let requests = 0;
  const server = createServer(() => (requests += 1));
  const hufu = remoteOf({ url: await listen(server), timeoutMs: 60_000, maxStaleMs: 1_000 });
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  hufu.stop();
  await once(request.socket, 'close');
  // The reader of the feed would connect again after 100 ms.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(requests).toBe(1);
});

it('REMOTE-03 createRemoteHufu MUST refuse an invalid option by name, and ready MUST refuse a key that Hufu refuses', async () => {
  for (const none of [undefined, null, 'https://accounts.internal'])
    expect(() => createRemoteHufu(none as never)).toThrow(
      /^options: they must be an object with url, serviceKey, /,
    );
  expect(() => remoteOf({ url: 'accounts' })).toThrow(/^url: /);
  expect(() => remoteOf({ serviceKey: '' })).toThrow(/^serviceKey: /);
  expect(() => remoteOf({ timeoutMs: 0 })).toThrow(/^timeoutMs: /);
  expect(() => remoteOf({ maxSilenceMs: 100 })).toThrow(/^maxSilenceMs: .* 6000/);
  // A host without types may pass anything, such as the text of an environment variable.
  const untyped = [
    { serviceKey: undefined },
    { maxStaleMS: 5 },
    ...['1', true, -1, 1.5, ['a name'], null].map((trustProxy) => ({ trustProxy })),
  ];
  for (const given of untyped)
    expect(() => remoteOf(given as Partial<RemoteHufuOptions>)).toThrow(
      new RegExp(`^${Object.keys(given).join()}: `),
    );
  expect(await remoteOf().ready()).toBe(true);
  await expect(remoteOf({ serviceKey: 'another' }).ready()).rejects.toThrow(
    /^serviceKey: Hufu does not accept it/,
  );
  fake.mode = 'is busy';
  expect(await remoteOf().ready()).toBe(false);
});

it("REMOTE-03 a host's log that throws MUST NOT change an outcome", async () => {
  const closed = () => {
    throw new Error('the file is closed');
  };
  fake.mode = 'is busy';
  const { hufu } = await remoteOf({ log: { warn: closed } }).context(requestOf('Bearer t1'));
  expect(hufu.session.kind).toBe('unavailable');
});

it('REMOTE-04 hufu/remote MUST import no room and no package that needs a database', async () => {
  const { metafile } = await build({
    entryPoints: ['src/remote/index.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const rooms = new Set(Object.keys(metafile.inputs).map((path) => path.split('/')[1]));
  for (const room of ['db', 'auth', 'users', 'passwords', 'mail', 'audit', 'rateLimit', 'config', 'core'])
    expect(rooms).not.toContain(room);
  const packages = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  expect(packages.filter((name) => /drizzle|postgres|pglite|argon2|apollo/.test(name))).toEqual([]);
});

/** Makes the parts of a remote Hufu, with a shorter silence than its options allow. */
function partsWith(maxSilenceMs: number, maxStaleMs: number) {
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => failures.push(error);
  const connection = createHufuConnection({ url: new URL(fake.url), serviceKey, timeoutMs: 1_000 });
  const feed = createFeedReader({ connection, maxSilenceMs, onFailure });
  const { ask, authenticate } = createAuthenticator({
    connection,
    feed,
    maxStaleMs,
    timeoutMs: 2_000,
    onFailure,
  });
  const watcher = createWatcher({ feed, ask, maxSilenceMs });
  whenFileEnds(() => {
    feed.stop();
    watcher.stop();
    connection.close();
    return Promise.resolve();
  });
  const live = () =>
    new Promise<void>((resolve) => {
      feed.on('live', () => {
        resolve();
      });
    });
  return { feed, authenticate, watcher, live };
}

const followers = (count: number) => expect.poll(() => fake.followed.length).toBe(count);

it('REMOTE-05 a feed over which only the comments of a proxy arrive MUST be opened again, from its last event that was understood', async () => {
  const { feed } = partsWith(1_000, 0);
  feed.start();
  await followers(1);
  const comments = setInterval(() => {
    fake.comment();
  }, 50);
  try {
    await followers(2);
  } finally {
    clearInterval(comments);
  }
  fake.say('ready', '1');
  fake.say('ended', '2', { reason: 'LOGGED_OUT' });
  await expect.poll(() => fake.followed.at(-1)).toBe('1');
});

it('REMOTE-05 a feed whose heartbeats arrive late MUST be opened again', async () => {
  const { feed } = partsWith(1_000, 0);
  feed.start();
  await followers(1);
  const hufuNowMs = Date.now();
  fake.say('ready', '1', { at: new Date(hufuNowMs) });
  const late = setInterval(() => {
    fake.say('heartbeat', '2', { at: new Date(hufuNowMs - 2_000) });
  }, 50);
  try {
    await followers(2);
  } finally {
    clearInterval(late);
  }
});

it('REMOTE-05 a feed that does not know the last id MUST be opened without one', async () => {
  const { feed } = partsWith(60_000, 0);
  feed.start();
  await followers(1);
  fake.say('ready', '1');
  await expect.poll(() => feed.isLive()).toBe(true);
  fake.knowsIds = false;
  fake.cut();
  await followers(3);
  expect(fake.followed).toEqual([null, '1', null]);
});

const endOfT = { sessionId: 't', reason: 'LOGGED_OUT', at: '2030-01-01T00:00:00.000Z', by: null };

const heard = (feed: ReturnType<typeof partsWith>['feed'], sessionId: string) =>
  new Promise<void>((resolve) => {
    feed.on('ended', (ended) => {
      if (ended === sessionId) resolve();
    });
  });

describe('REMOTE-05 a kept answer', () => {
  it('MUST be used until the feed reports the end, and asked for again while the feed is silent', async () => {
    const { feed, authenticate, live } = partsWith(60_000, 300);
    fake.live.add('t');
    await authenticate('t');
    await authenticate('t');
    // Without a live feed no answer is kept.
    expect(fake.asked.length).toBe(2);
    feed.start();
    await followers(1);
    const isLive = live();
    fake.say('ready', '1');
    await isLive;
    fake.asked.length = 0;
    await authenticate('t');
    await authenticate('t');
    expect(fake.asked.length).toBe(1);

    fake.live.delete('t');
    fake.say('ended', '2', endOfT);
    await expect.poll(async () => (await authenticate('t')).kind).toBe('rejected');

    fake.live.add('u');
    await authenticate('u');
    await expect.poll(() => (feed.silentMs() ?? 0) > 300).toBe(true);
    fake.live.delete('u');
    // The feed has not reported the end, and its silence proves nothing.
    expect((await authenticate('u')).kind).toBe('rejected');
  });

  it('MUST NOT be trusted because of a heartbeat that was delayed in the process or in the network', async () => {
    const { feed, authenticate, live } = partsWith(60_000, 5_000);
    feed.start();
    await followers(1);
    const isLive = live();
    const hufuNowMs = Date.now() + 3_600_000;
    fake.say('ready', '1', { at: new Date(hufuNowMs) });
    await isLive;
    fake.live.add('t');
    await authenticate('t');
    fake.say('heartbeat', '2', { at: new Date(hufuNowMs + 1) });
    fake.say('ended', '3', { ...endOfT, sessionId: 'another' });
    await heard(feed, 'another');
    fake.live.delete('t');
    expect((await authenticate('t')).kind).toBe('active');
    // The session's end may still be in the network, or was sent over a connection that has been cut.
    fake.say('heartbeat', '4', { at: new Date(hufuNowMs - 15_000) });
    fake.say('ended', '5', { ...endOfT, sessionId: 'a third' });
    await heard(feed, 'a third');
    expect((await authenticate('t')).kind).toBe('rejected');
  });

  it('MUST be dropped when the session ends before it arrives, and when the feed is cut', async () => {
    const { feed, authenticate, live } = partsWith(60_000, 60_000);
    feed.start();
    await followers(1);
    const isLive = live();
    fake.say('ready', '1');
    await isLive;
    fake.live.add('t');
    const pending = authenticate('t');
    const heard = new Promise<void>((resolve) => {
      feed.on('ended', () => {
        resolve();
      });
    });
    fake.say('ended', '2', endOfT);
    await Promise.all([pending, heard]);
    fake.live.delete('t');
    expect((await authenticate('t')).kind).toBe('rejected');

    fake.live.add('u');
    await authenticate('u');
    fake.cut();
    await followers(2);
    expect(fake.followed).toEqual([null, '2']);
    fake.live.delete('u');
    const again = live();
    fake.say('ended', '3', { ...endOfT, sessionId: 'u' });
    fake.say('ready', '3');
    await again;
    expect((await authenticate('u')).kind).toBe('rejected');

    fake.live.add('v');
    await authenticate('v');
    fake.live.delete('v');
    const lost = live();
    fake.say('reset', '9');
    await lost;
    expect((await authenticate('v')).kind).toBe('rejected');
  });
});

describe('REMOTE-05 a kept answer of a slow Hufu', () => {
  const active = {
    ...{ active: true, sub: 'user', sid: 't', exp: 2_000_000_000, iat: 1_000_000_000 },
    ...{
      auth_time: 1_000_000_000,
      methods: [],
      user_methods: [],
      email: 'ann@example.com',
      email_verified: true,
    },
  };
  const heldParts = () => {
    const feed = new EventEmitter();
    const asked: ReturnType<typeof gate>[] = [];
    const post = async () => {
      const answer = gate();
      asked.push(answer);
      await answer.opened;
      return { results: [active], at: '2030-01-01T00:00:00.000Z' };
    };
    const { authenticate } = createAuthenticator({
      connection: { post },
      feed: { on: (name, listener) => feed.on(name, listener), silentMs: () => 0 },
      maxStaleMs: 1_000,
      timeoutMs: 2_000,
      onFailure: () => undefined,
    });
    return { feed, asked, authenticate };
  };

  it('MUST NOT be one that was pending when the feed missed ends', async () => {
    const { feed, asked, authenticate } = heldParts();
    const pending = authenticate('t');
    await expect.poll(() => asked.length).toBe(1);
    feed.emit('live', true);
    asked[0]?.open();
    await pending;
    void authenticate('t');
    await expect.poll(() => asked.length).toBe(2);
    asked[1]?.open();
  });

  it('MUST stay valid however many other sessions have ended', async () => {
    const { feed, asked, authenticate } = heldParts();
    for (let count = 0; count <= 50_000; count += 1) feed.emit('ended', `s${String(count)}`);
    const first = authenticate('t');
    await expect.poll(() => asked.length).toBe(1);
    asked[0]?.open();
    await first;
    feed.emit('ended', 'another');
    expect((await authenticate('t')).kind).toBe('active');
    expect(asked.length).toBe(1);
  });
});

it('REMOTE-06 a callback that throws MUST be logged, and the next callback MUST be called', async () => {
  const warn = vi.fn();
  const hufu = remoteOf({ log: { warn } });
  fake.live.add('t');
  const { session } = (await hufu.context(requestOf('Bearer t'))).hufu;
  if (session.kind !== 'active') throw new Error('unreachable');
  const failure = new Error('of the host');
  hufu.watch(session.session, () => {
    throw failure;
  });
  const heard = new Promise((resolve) => hufu.watch(session.session, resolve));
  await expect.poll(() => fake.followed.length).toBe(1);
  fake.live.delete('t');
  fake.say('ready', '1');
  fake.say('ended', '2', { sessionId: 't', reason: 'REVOKED', at: '2030-01-01T00:00:00.000Z', by: null });
  expect(await heard).toMatchObject({ reason: expect.any(String) as string });
  expect(warn).toHaveBeenCalledWith({ err: failure }, 'a callback of hufu.watch failed');
});

describe('REMOTE-06 a watched session', () => {
  const watchT = (watcher: ReturnType<typeof partsWith>['watcher']) => {
    const ends: RemoteEnd[] = [];
    const unwatch = watcher.watch('t', 't', (how) => ends.push(how));
    return { ends, unwatch };
  };

  it('MUST end once when the feed reports its end, even one from while the feed was cut', async () => {
    const { watcher } = partsWith(60_000, 0);
    fake.live.add('t');
    const first = watchT(watcher);
    const left = watchT(watcher);
    left.unwatch();
    await followers(1);
    fake.say('ready', '1');
    await expect.poll(() => fake.asked.length).toBeGreaterThan(0);
    fake.cut();
    await followers(2);
    expect(first.ends).toEqual([]);
    // Hufu repeats events to a reader that resumes.
    fake.say('ended', '2', endOfT);
    fake.say('ended', '2', endOfT);
    await expect.poll(() => first.ends.length).toBe(1);
    expect(first.ends[0]).toMatchObject({ kind: 'rejected', reason: 'LOGGED_OUT', sessionId: 't' });
    expect(left.ends).toEqual([]);
  });

  it('MUST end if it ended before the watch, and if it ended while the feed lost its place', async () => {
    const { watcher } = partsWith(60_000, 0);
    const before = watchT(watcher);
    await followers(1);
    fake.say('ready', '1');
    await expect.poll(() => before.ends.length).toBe(1);
    expect(before.ends[0]).toMatchObject({ reason: 'SUPERSEDED' });

    fake.live.add('t');
    const after = watchT(watcher);
    await expect.poll(() => fake.asked.length).toBe(2);
    expect(after.ends).toEqual([]);
    fake.live.delete('t');
    fake.say('reset', '9');
    await expect.poll(() => after.ends.length).toBe(1);
  });

  it('MUST end with its reason if it ended before a watch that began while the feed was away', async () => {
    const { feed, watcher } = partsWith(2_000, 0);
    feed.start();
    await followers(1);
    fake.say('ready', '1');
    await expect.poll(() => feed.isLive()).toBe(true);
    fake.feeds = false;
    fake.cut();
    await expect.poll(() => feed.isLive(), { timeout: 5_000 }).toBe(false);
    const { ends } = watchT(watcher);
    fake.feeds = true;
    const { length } = fake.followed;
    await expect.poll(() => fake.followed.length).toBeGreaterThan(length);
    fake.say('ready', '1');
    await expect.poll(() => ends).toMatchObject([{ kind: 'rejected', reason: 'SUPERSEDED' }]);
  });

  it('MUST end within maxSilenceMs when Hufu sends the feed and answers no question', async () => {
    const { feed, watcher } = partsWith(1_000, 0);
    feed.start();
    await followers(1);
    fake.say('ready', '1');
    await expect.poll(() => feed.isLive()).toBe(true);
    fake.mode = 'is busy';
    const beats = setInterval(() => {
      fake.say('heartbeat', '1');
    }, 100);
    try {
      const { ends } = watchT(watcher);
      await expect.poll(() => ends, { timeout: 5_000 }).toEqual([{ kind: 'unavailable' }]);
    } finally {
      clearInterval(beats);
    }
  });

  it('MUST end within maxSilenceMs when the feed is silent, is cut, or never answered', async () => {
    const { watcher } = partsWith(700, 0);
    fake.live.add('t');
    const silent = watchT(watcher);
    await followers(1);
    fake.say('ready', '1');
    for (let beats = 0; beats < 6; beats += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      fake.say('heartbeat', '1');
    }
    expect(silent.ends).toEqual([]);
    const startedAt = performance.now();
    await expect.poll(() => silent.ends, { timeout: 5_000 }).toEqual([{ kind: 'unavailable' }]);
    expect(performance.now() - startedAt).toBeGreaterThan(500);

    fake.feeds = false;
    fake.cut();
    const never = watchT(watcher);
    await expect.poll(() => never.ends, { timeout: 5_000 }).toEqual([{ kind: 'unavailable' }]);
  });
});
