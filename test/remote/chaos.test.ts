// Two servers that use hufu/remote, over two nodes whose wall clocks are an hour wrong, with 500 streams: the feeds are cut,
// a node is killed, a feed falls silent. No stream outlives its session beyond the bound, and no end is lost.

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
/** The users of a server's streams. */
const users = 10;
const maxSilenceMs = 6_000;
/** What the feed takes, and what a machine that is busy with other tests adds. */
const feedMs = 1_000;
const slackMs = 2_000;

interface Stream {
  readonly token: string;
  readonly ends: { readonly how: RemoteEnd; readonly atMs: number }[];
  endedAtMs: number | null;
}

it.runIf(databaseKind === 'postgres')(
  'REMOTE-20 no stream MUST outlive its session beyond the bound, nor miss its end, whatever fails',
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
      // Of one user one after the other, since each waits for the user's row.
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
    /** One after the other, since a user may have only so many operations at once. */
    const endAt = async (url: string, streams: readonly Stream[]) => {
      for (const stream of streams) {
        const { errors } = await gql(url, { query: logoutOperation, token: stream.token });
        expect(errors).toEqual([]);
        stream.endedAtMs = performance.now();
      }
    };
    const told = async (streams: readonly Stream[], withinMs: number) => {
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
    const noneTold = (streams: readonly Stream[]) => {
      expect(streams.flatMap(({ ends }) => ends)).toEqual([]);
    };

    // The feeds are heard: an end on one node is told on both.
    await endAt(two.url, take(0, 20));
    await told(take(0, 20), feedMs + slackMs);

    // Few ends from here on, so that a slow machine does not take as long as the bound.
    // Both are cut, for less than the bound; what ends meanwhile is told when they are back, and no other stream ends.
    a.proxy.refuse();
    b.proxy.refuse();
    await endAt(one.url, take(20, 25));
    noneTold(take(20, streamsOfServer));
    await Promise.all([a.proxy.pass(), b.proxy.pass()]);
    await told(take(20, 25), feedMs + slackMs);

    // A node is killed; the balancer sends its clients to the other, where the feed goes on from its place.
    await one.kill();
    await endAt(two.url, take(25, 30));
    a.proxy.switchTo(two.url);
    await told(take(25, 30), feedMs + slackMs);
    noneTold(take(30, streamsOfServer));

    // One feed falls silent: its streams end within the bound, whether their session has ended or not.
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

    // The others are as they were, and each has been told once.
    noneTold(a.streams.slice(30));
    expect([...a.streams, ...b.streams].every(({ ends }) => ends.length <= 1)).toBe(true);
  },
);
