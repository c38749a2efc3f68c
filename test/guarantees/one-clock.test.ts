// Guarantee 11: all nodes order and expire by the database's clock, whatever their own clocks say.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { linkIn, run } from '../support/account.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { gql } from '../support/gql.js';
import { login, loginOperation, meOperation, password, register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { spawnNode, type SpawnedNode } from '../support/spawnNode.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;

describe.runIf(databaseKind === 'postgres')('CLOCK-01 nodes whose wall clocks are wrong', async () => {
  if (databaseKind !== 'postgres') return;
  const database = await readyDatabase();
  const smtp = await startSmtp();
  const env = { SMTP_URL: smtp.url, SESSION_LIMIT: '2', SESSION_IDLE_SECONDS: '3600' };
  const start = (aheadMs: number, jumpMs = 0) => spawnNode({ database, env, wallClock: { aheadMs, jumpMs } });
  const behind = await start(-10 * minuteMs);
  const first = await register(behind.url);
  await seed();
  const [ahead, farAhead, jumper] = await Promise.all([
    start(2 * minuteMs),
    start(400 * dayMs),
    start(0, 400 * dayMs),
  ]);
  const nodes = [behind, ahead, farAhead, jumper];

  /** What each node says of a token. */
  const everywhere = (token: string) => Promise.all(nodes.map((node) => standing(node, token)));
  const good = nodes.map(() => 'ok');

  /** Rows that have been over for long, and others that are not yet, by the database's clock. */
  async function seed(): Promise<void> {
    const row = `select gen_random_uuid(), id, gen_random_uuid(), 'OTHER' from hufu.users`;
    const columns =
      'id, user_id, slot, device_kind, signed_in_at, last_seen_at, expires_at, ended_at, end_reason';
    const session = (signedIn: string, end: string, ended: string, reason: string) =>
      rowsOf(
        database,
        `insert into hufu.sessions (${columns}) ${row.replace(' from', `, ${signedIn}, ${signedIn}, ${end}, ${ended}, ${reason} from`)}`,
      );
    await session(`now() - interval '3 days'`, `now() - interval '1 day'`, 'null', 'null');
    await session(`now() - interval '3 hours'`, `now() + interval '1 day'`, 'null', 'null');
    const old = `now() - interval '300 days'`;
    await session(old, old + ` + interval '1 day'`, old, `'LOGGED_OUT'`);
    const recent = `now() - interval '1 day'`;
    await session(recent, `now() - interval '1 minute'`, recent, `'LOGGED_OUT'`);
    for (const at of [`now() - interval '800 days'`, recent]) {
      await rowsOf(
        database,
        `insert into hufu.security_events (id, user_id, kind, outcome, at)
          select gen_random_uuid(), id, 'LOGOUT', 'SUCCEEDED', ${at} from hufu.users`,
      );
    }
  }

  it('MUST end and purge what is over, and nothing else', async () => {
    const reasons = async () => {
      const rows = await rowsOf(
        database,
        `select coalesce(end_reason, 'live') as state from hufu.sessions order by 1`,
      );
      return rows.map(({ state }) => state);
    };
    await expect.poll(reasons, { timeout: 15_000 }).toEqual(['EXPIRED', 'IDLE', 'LOGGED_OUT', 'live']);
    const events = `select kind from hufu.security_events order by kind`;
    await expect
      .poll(() => rowsOf(database, events), { timeout: 15_000 })
      .toEqual([{ kind: 'LOGOUT' }, { kind: 'REGISTER' }]);
    expect(await everywhere(first.token)).toEqual(good);
  });

  it('MUST accept at once what another has signed, and evict the oldest', { timeout: 60_000 }, async () => {
    for (const node of nodes) {
      const { token, user, expiresAt } = await register(node.url);
      expect(await everywhere(token)).toEqual(good);
      expect(Math.abs(Date.parse(expiresAt) - Date.now() - 30 * dayMs)).toBeLessThan(minuteMs);
      const second = await login(farAhead.url, user.email);
      const third = await login(behind.url, user.email);
      expect(await everywhere(token)).toEqual(nodes.map(() => 'SUPERSEDED'));
      const fourth = await login(ahead.url, user.email);
      expect(await everywhere(second.token)).toEqual(nodes.map(() => 'SUPERSEDED'));
      expect(await everywhere(third.token)).toEqual(good);
      expect(await everywhere(fourth.token)).toEqual(good);
    }
  });

  it('MUST open one session for one sign-in that is repeated elsewhere', async () => {
    const { user } = await register(behind.url);
    const input = { email: user.email, password, requestId: randomUUID() };
    const ids: (string | undefined)[] = [];
    for (const { url } of [farAhead, behind, ahead, jumper]) {
      const { data } = await gql(url, { query: loginOperation, variables: { input } });
      ids.push(data?.login.session.id);
    }
    expect(new Set(ids)).toEqual(new Set([expect.any(String)]));
    expect(new Set(ids).size).toBe(1);
  });

  it(
    'MUST send mails at once, with the right date and a link that works anywhere',
    { timeout: 60_000 },
    async () => {
      for (const asked of nodes) {
        const { user } = await register(behind.url);
        for (const used of [behind, farAhead]) {
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
      }
    },
  );

  it('MUST NOT notice that a wall clock jumps while they run', { timeout: 60_000 }, async () => {
    const { token, user } = await register(jumper.url);
    await jumper.jump();
    expect(await everywhere(token)).toEqual(good);
    const { token: fresh, expiresAt } = await login(jumper.url, user.email);
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 30 * dayMs)).toBeLessThan(minuteMs);
    expect(await everywhere(fresh)).toEqual(good);
    expect(await everywhere(first.token)).toEqual(good);
  });

  it('MUST say once how wrong their clocks are', () => {
    const told = (node: SpawnedNode) =>
      [...node.output().matchAll(/"aheadSeconds":(-?[\d.]+)/g)].map(([, seconds]) =>
        Math.round(Number(seconds)),
      );
    expect(nodes.map(told)).toEqual([[-600], [120], [400 * 86_400], []]);
  });

  it('MUST write no time of their own', async () => {
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
});

describe.runIf(databaseKind === 'postgres')('CLOCK-02 a node that has not been told the time yet', () => {
  it('MUST NOT refuse a token as expired', async () => {
    const node = await spawnNode({ database: await readyDatabase() });
    const { token } = await register(node.url);
    const away = { env: { DATABASE_URL: `postgres://nobody@127.0.0.1:${String(await freePort())}/none` } };
    const lost = await spawnNode({ database: away, wallClock: { aheadMs: 400 * dayMs } });
    expect(await standing(lost, token)).toBe('SERVICE_UNAVAILABLE');
  });
});

/** What a node makes of a token: ok, or the reason or code of its refusal. */
async function standing(node: SpawnedNode, token: string): Promise<string> {
  const { errors } = await gql(node.url, { query: meOperation, token });
  const extensions = errors[0]?.extensions;
  return extensions?.reason ?? extensions?.code ?? 'ok';
}
