// Guarantee 11: all nodes order, count and expire by the clock of the database, also when their own clocks are wrong.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { ask, linkIn, run } from '../support/account.js';
import { attempt, limitsOn } from '../rateLimit/attempts.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { gql } from '../support/gql.js';
import { startLyingProvider } from '../support/lyingProvider.js';
import {
  login,
  loginOperation,
  meOperation,
  randomEmail,
  password,
  register,
} from '../support/operations.js';
import { providerEnv, redirectUri, runProvider, startAt } from '../support/providers.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { spawnNode, type SpawnedNode } from '../support/spawnNode.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;

describe.runIf(databaseKind === 'postgres')('CLOCK-01 nodes whose wall clocks are wrong', async () => {
  if (databaseKind !== 'postgres') return;
  const database = await readyDatabase();
  const smtp = await startSmtp();
  const env = {
    SMTP_URL: smtp.url,
    SESSION_LIMIT: '2',
    SESSION_IDLE_SECONDS: '3600',
    ...limitsOn,
    RATE_LIMIT_GUESSES_PER_MINUTE: '5',
  };
  const start = (aheadMs: number, jumpMs = 0) => spawnNode({ database, env, wallClock: { aheadMs, jumpMs } });
  const behind = await start(-10 * minuteMs);
  const first = await register(behind.url);
  await seed();
  const away = { env: { DATABASE_URL: `postgres://nobody@127.0.0.1:${String(await freePort())}/none` } };
  const [ahead, farAhead, jumper, lost] = await Promise.all([
    start(2 * minuteMs),
    start(400 * dayMs),
    start(0, 400 * dayMs),
    spawnNode({ database: away, wallClock: { aheadMs: 400 * dayMs } }),
  ]);
  const nodes = [behind, ahead, farAhead, jumper];

  /** Asks every node about a token. */
  const everywhere = (token: string) => Promise.all(nodes.map((node) => answerOf(node, token)));
  const good = nodes.map(() => 'ok');

  /** Inserts rows that have expired by the clock of the database, and rows that have not. */
  async function seed(): Promise<void> {
    const session = (signedIn: string, end: string, ended: string, reason: string) =>
      `insert into hufu.sessions
        (id, user_id, slot, device_kind, methods, proved_at, signed_in_at, last_seen_at, expires_at, ended_at, end_reason)
        select gen_random_uuid(), id, gen_random_uuid(), 'OTHER', '{PASSWORD}', ${signedIn}, ${signedIn}, ${signedIn}, ${end}, ${ended}, ${reason}
        from hufu.users`;
    const event = (at: string) =>
      `insert into hufu.security_events (id, user_id, kind, outcome, at)
        select gen_random_uuid(), id, 'LOGOUT', 'SUCCEEDED', ${at} from hufu.users`;
    const old = `now() - interval '300 days'`;
    const recent = `now() - interval '1 day'`;
    const rows = [
      session(`now() - interval '3 days'`, recent, 'null', 'null'),
      session(`now() - interval '3 hours'`, `now() + interval '1 day'`, 'null', 'null'),
      session(old, `${old} + interval '1 day'`, old, `'LOGGED_OUT'`),
      session(recent, `now() - interval '1 minute'`, recent, `'LOGGED_OUT'`),
      event(`now() - interval '800 days'`),
      event(recent),
      `insert into hufu.rate_limits (key, points, expire)
        values ('over', 1, now() - interval '1 minute'), ('open', 1, now() + interval '1 hour')`,
      `insert into hufu.known_networks (key, user_id, seen_at)
        select key, users.id, now() - days * interval '1 day'
        from hufu.users, (values ('unused', 91), ('used', 89)) as known(key, days)`,
    ];
    await rowsOf(database, rows.join(';'));
  }

  it('MUST end and purge exactly the rows that have expired', async () => {
    const reasons = async () => {
      const rows = await rowsOf(
        database,
        `select coalesce(end_reason, 'live') as state from hufu.sessions order by 1`,
      );
      return rows.map(({ state }) => state);
    };
    await expect.poll(reasons, { timeout: 15_000 }).toEqual(['EXPIRED', 'IDLE', 'LOGGED_OUT', 'live']);
    for (const [statement, kept] of [
      [`select kind as kept from hufu.security_events order by 1`, ['LOGOUT', 'REGISTER']],
      [`select key as kept from hufu.rate_limits where key in ('over', 'open')`, ['open']],
      [`select key as kept from hufu.known_networks where key in ('unused', 'used')`, ['used']],
    ] as const) {
      await expect
        .poll(() => rowsOf(database, statement), { timeout: 15_000 })
        .toEqual(kept.map((one) => ({ kept: one })));
    }
    expect(await everywhere(first.token)).toEqual(good);
  });

  it('MUST each log once how wrong their clock is', () => {
    const told = (node: SpawnedNode) =>
      [...node.output().matchAll(/"aheadSeconds":(-?[\d.]+)/g)].map(([, seconds]) =>
        Math.round(Number(seconds)),
      );
    expect(nodes.map(told)).toEqual([[-600], [120], [400 * 86_400], []]);
  });

  it(
    'MUST accept the tokens of other nodes at once, and supersede the oldest session',
    { timeout: 60_000 },
    async () => {
      const expectEverywhere = async (tokens: readonly string[]) => {
        const [superseded, ...live] = await Promise.all(tokens.map(everywhere));
        expect(superseded).toEqual(nodes.map(() => 'SUPERSEDED'));
        expect(live).toEqual([good, good]);
      };
      // Every node signs a token, and a node that is ahead is followed by one that is not.
      const registered = await register(farAhead.url);
      const opened = [registered];
      for (const { url } of [behind, ahead, jumper, farAhead, behind]) {
        opened.push(await login(url, registered.user.email));
        if (opened.length > 2) await expectEverywhere(opened.slice(-3).map(({ token }) => token));
      }
      for (const { expiresAt } of opened)
        expect(Math.abs(Date.parse(expiresAt) - Date.now() - 30 * dayMs)).toBeLessThan(minuteMs);
    },
  );

  it('MUST open one session for a login that is retried on other nodes', async () => {
    const { user } = await register(behind.url);
    const input = { email: user.email, password, idempotencyKey: randomUUID() };
    const ids: (string | undefined)[] = [];
    for (const { url } of [farAhead, behind, ahead, jumper]) {
      const { data } = await gql(url, { query: loginOperation, variables: { input } });
      ids.push(data?.login.session.id);
    }
    expect(new Set(ids)).toEqual(new Set([expect.any(String)]));
    expect(new Set(ids).size).toBe(1);
  });

  it(
    'MUST send mails at once, with the right date and a link that works on every node',
    { timeout: 60_000 },
    async () => {
      for (const [asked, used] of [
        [behind, farAhead],
        [farAhead, behind],
        [ahead, jumper],
        [jumper, ahead],
      ] as const) {
        const { user } = await register(asked.url);
        await run(asked.url, 'requestPasswordReset', { email: user.email });
        const mail = await smtp.next(user.email, /new password/);
        const date = mail.headers.find((line) => line.startsWith('Date:')) ?? '';
        expect(Math.abs(Date.parse(date.slice(5)) - Date.now())).toBeLessThan(minuteMs);
        const input = {
          token: linkIn(mail).token,
          newPassword: `a lantern over the river ${randomUUID()}`,
        };
        expect(await run(used.url, 'resetPassword', input)).toMatchObject({
          __typename: 'ResetPasswordSuccess',
        });
      }
    },
  );

  it('MUST keep working when a wall clock jumps', { timeout: 60_000 }, async () => {
    const { token, user } = await register(jumper.url);
    await jumper.jump();
    expect(await everywhere(token)).toEqual(good);
    const { token: fresh, expiresAt } = await login(jumper.url, user.email);
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 30 * dayMs)).toBeLessThan(minuteMs);
    expect(await everywhere(fresh)).toEqual(good);
    expect(await everywhere(first.token)).toEqual(good);
  });

  it('MUST count attempts in the same windows', { timeout: 60_000 }, async () => {
    const { user } = await register(ahead.url);
    const kindsAt = async (turns: readonly SpawnedNode[]) => {
      const kinds: string[] = [];
      for (const { url } of turns) kinds.push((await attempt(url, user.email)).__typename);
      return kinds;
    };
    const wrong = (count: number) => Array.from({ length: count }, () => 'InvalidCredentials');
    expect(await kindsAt([farAhead, behind, jumper, ahead, farAhead])).toEqual(wrong(5));
    const refused = await Promise.all(nodes.map(({ url }) => attempt(url, user.email)));
    expect(refused.map(({ __typename }) => __typename)).toEqual(nodes.map(() => 'TooManyAttempts'));
    expectOneEnd(
      refused.map(({ retryAt, answer }) => ({ retryAt, after: answer.headers.get('retry-after') })),
      minuteMs,
    );

    // The window ends at the same time for nodes whose clocks are behind.
    await rowsOf(
      database,
      `update hufu.rate_limits set expire = now() - interval '1 second' where key like 'guess:%'`,
    );
    expect(await kindsAt([behind, farAhead, ahead])).toEqual(wrong(3));
    const points = `select max(points) as points from hufu.rate_limits where key like 'guess:%'`;
    expect(await rowsOf(database, points)).toEqual([{ points: 3 }]);
  });

  it('MUST count mails in the same windows', async () => {
    const input = { email: randomEmail() };
    for (const { url } of [behind, farAhead, ahead, jumper, farAhead])
      expect((await run(url, 'requestPasswordReset', input)).to).toBe(input.email);
    const refused = await Promise.all(nodes.map(({ url }) => ask(url, 'requestPasswordReset', input)));
    expectOneEnd(
      refused.map(({ data, headers }) => ({
        retryAt: data?.['requestPasswordReset']?.retryAt,
        after: headers.get('retry-after'),
      })),
      60 * minuteMs,
    );
  });

  /** Checks that all nodes answered the same moment, within the window. */
  function expectOneEnd(
    told: readonly { readonly retryAt: unknown; readonly after: string | null }[],
    windowMs: number,
  ): void {
    const [retryAt] = told.map((one) => Date.parse(String(one.retryAt)));
    const leftMs = (retryAt ?? NaN) - Date.now();
    expect(new Set(told.map((one) => one.retryAt)).size).toBe(1);
    expect(leftMs).toBeGreaterThan(windowMs - minuteMs);
    expect(leftMs).toBeLessThanOrEqual(windowMs);
    for (const { after } of told) {
      expect(Number(after) * 1_000).toBeGreaterThanOrEqual(leftMs);
      expect(Number(after) * 1_000).toBeLessThanOrEqual(windowMs);
    }
  }

  it('MUST NOT write the time of their own clocks', async () => {
    const [found] = await rowsOf(
      database,
      `select
        (select count(*)::int from hufu.sessions where greatest(signed_in_at, last_seen_at, ended_at) > now()) as early,
        (select count(*)::int from hufu.sessions where ended_at < signed_in_at) as backward,
        (select count(*)::int from hufu.security_events where at > now()) as events,
        (select count(*)::int from hufu.users where greatest(created_at, last_login_at) > now()) as users`,
    );
    expect(found).toEqual({ early: 0, backward: 0, events: 0, users: 0 });
  });

  it('MUST NOT refuse a token as EXPIRED before the database has told them the time', async () => {
    expect(await answerOf(lost, first.token)).toBe('SERVICE_UNAVAILABLE');
  });
});

it.runIf(databaseKind === 'postgres').each([-dayMs, 400 * dayMs])(
  'CLOCK-02 sign-ins at a provider MUST work after the wall clock has jumped, with new keys of the provider: by %i ms',
  { timeout: 60_000 },
  async (jumpMs) => {
    const acme = await startLyingProvider();
    const provider = { PROVIDERS: 'acme', PROVIDERS_VERIFYING_EMAIL: 'acme' };
    const env = { ...provider, PROVIDER_REDIRECT_URIS: redirectUri, ...providerEnv('acme', acme.issuer) };
    const node = await spawnNode({
      database: await readyDatabase(),
      env,
      wallClock: { aheadMs: 0, jumpMs },
    });
    const signIn = async () => {
      const { url, challengeToken } = await startAt(node.url, 'acme');
      const input = { challengeToken, ...acme.signIn(url, 'ann') };
      return (await runProvider(node.url, 'completeProviderLogin', input)).__typename;
    };
    expect(await signIn()).toBe('RegisterSuccess');
    await node.jump();
    await acme.rotate();
    expect(await signIn()).toBe('LoginSuccess');
  },
);

/** Returns `ok`, or the reason or code with which a node refuses a token. */
async function answerOf(node: SpawnedNode, token: string): Promise<string> {
  const { errors } = await gql(node.url, { query: meOperation, token });
  const extensions = errors[0]?.extensions;
  return extensions?.reason ?? extensions?.code ?? 'ok';
}
