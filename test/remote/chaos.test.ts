// Two servers with 250 streams each use hufu/remote over two nodes whose wall clocks are an hour wrong. The feeds are cut, a
// node is killed, a feed falls silent: no stream outlives its session beyond the bound, and no end is lost.

import { expect, it } from 'vitest';

import { createRemoteHufu, type RemoteEnd, type RemoteHufu } from '../../src/remote/index.js';
import { startProxy } from '../faults/proxy.js';
import { mustOpen, newUser, servicesOver } from '../sessions/harness.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { logoutOperation } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
import { spawnNode } from '../support/spawnNode.js';
import { testSettings } from '../support/settings.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { readConfig } from '../../src/config/index.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';

const streamsOfServer = 250;
/** The number of users whose sessions a server's streams have. */
const users = 10;
const maxSilenceMs = 6_000;
/** The time that the feed needs, and the time that a busy machine adds. */
const feedMs = 1_000;
const slackMs = 2_000;

interface Stream {
  readonly token: string;
  readonly ends: { readonly how: RemoteEnd; readonly atMs: number }[];
  endedAtMs: number | null;
}

it.runIf(databaseKind === 'postgres')(
  'REMOTE-20 every stream MUST end within the bound after its session, and none before, whatever fails',
  { timeout: 90_000 },
  async () => {
    const database = await readyDatabase();
    const parts = (aheadMs: number) => ({
      database,
      env: { INTEGRATIONS: 'introspect,feed', SESSION_LIMIT: '0' },
      wallClock: { aheadMs },
    });
    const [one, two] = await Promise.all([spawnNode(parts(3_600_000)), spawnNode(parts(-3_600_000))]);
    const key = await serviceKey(one, 'shop', ['introspect', 'explain', 'feed']);

    const config = readConfig(testSettings(database, {}));
    const db = openPostgres(config.database.url ?? '', 4, createLog('silent', false));
    await db.migrate();
    whenFileEnds(() => db.close());
    const services = servicesOver(db, { limit: 0 }, db.clock);
    const open = async (userId: string): Promise<string> => {
      const session = await mustOpen(services, userId);
      const { id: sessionId, signedInAt, expiresAt } = session;
      return services.tokens.sign({ userId, sessionId, signedInAt, expiresAt }, db.clock.now());
    };

    const startServer = async (url: string) => {
      const proxy = await startProxy(url);
      const hufu = createRemoteHufu({
        url: proxy.url,
        serviceKey: key,
        maxSilenceMs,
        log: { warn: () => undefined },
      });
      whenFileEnds(() => {
        hufu.stop();
        return Promise.resolve();
      });
      const streams: Stream[] = [];
      // Sessions of one user are opened one after another, since each waits for the lock of the user's row.
      const openSome = async () => {
        const userId = await newUser(db);
        for (let count = 0; count < streamsOfServer / users; count += 1)
          streams.push(await openStream(hufu, await open(userId)));
      };
      await Promise.all(Array.from({ length: users }, openSome));
      return { proxy, hufu, streams };
    };
    const openStream = async (hufu: RemoteHufu, token: string): Promise<Stream> => {
      const request = new Request('http://host/', { headers: { authorization: `Bearer ${token}` } });
      const { session } = (await hufu.context(request)).hufu;
      if (session.kind !== 'active') throw new Error(`not signed in: ${JSON.stringify(session)}`);
      const stream: Stream = { token, ends: [], endedAtMs: null };
      hufu.watch(session.session, (how) => stream.ends.push({ how, atMs: performance.now() }));
      return stream;
    };
    /** Logs out one after another, since the operations of one user at once are limited. */
    const endAt = async (url: string, streams: readonly Stream[]) => {
      for (const stream of streams) {
        const { errors } = await gql(url, { query: logoutOperation, token: stream.token });
        expect(errors).toEqual([]);
        stream.endedAtMs = performance.now();
      }
    };
    const endsWithin = async (streams: readonly Stream[], withinMs: number) => {
      await expect
        .poll(() => streams.filter(({ ends }) => ends.length === 0), { timeout: withinMs })
        .toEqual([]);
      for (const { ends, endedAtMs } of streams) {
        expect(ends.map(({ how }) => how)).toMatchObject([{ kind: 'rejected', reason: 'LOGGED_OUT' }]);
        expect((ends[0]?.atMs ?? 0) - (endedAtMs ?? 0)).toBeLessThan(withinMs);
      }
    };

    const [a, b] = await Promise.all([startServer(one.url), startServer(two.url)]);
    const take = (from: number, to: number) => [...a.streams.slice(from, to), ...b.streams.slice(from, to)];
    const noneEnded = (streams: readonly Stream[]) => {
      expect(streams.flatMap(({ ends }) => ends)).toEqual([]);
    };

    // While both feeds are live, an end on one node ends the streams of both servers.
    await endAt(two.url, take(0, 20));
    await endsWithin(take(0, 20), feedMs + slackMs);

    // Both feeds are cut for less than the bound: they report the ends of that time when they are back, and no other stream
    // ends. There are few ends from here on, so that even a slow machine stays within the bound.
    a.proxy.refuse();
    b.proxy.refuse();
    await endAt(one.url, take(20, 25));
    noneEnded(take(20, streamsOfServer));
    await Promise.all([a.proxy.pass(), b.proxy.pass()]);
    await endsWithin(take(20, 25), feedMs + slackMs);

    // A node is killed, and the balancer sends its clients to the other one: the feed resumes there from its last event.
    await one.kill();
    await endAt(two.url, take(25, 30));
    a.proxy.switchTo(two.url);
    await endsWithin(take(25, 30), feedMs + slackMs);
    noneEnded(take(30, streamsOfServer));

    // One feed falls silent: all its streams end within the bound, because Hufu cannot say whether their sessions have ended.
    b.proxy.silence();
    const silentAtMs = performance.now();
    await endAt(two.url, b.streams.slice(60, 65));
    await expect
      .poll(() => b.streams.slice(30).every(({ ends }) => ends.length === 1), {
        timeout: maxSilenceMs + 5_000,
      })
      .toBe(true);
    for (const { ends } of b.streams.slice(30)) {
      expect(ends.map(({ how }) => how)).toEqual([{ kind: 'unavailable' }]);
      expect((ends[0]?.atMs ?? 0) - silentAtMs).toBeLessThan(maxSilenceMs + slackMs);
    }
    await b.proxy.pass();

    // The other server's streams are still open, and every stream has ended once at most.
    noneEnded(a.streams.slice(30));
    expect([...a.streams, ...b.streams].every(({ ends }) => ends.length <= 1)).toBe(true);
  },
);
