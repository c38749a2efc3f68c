// Acts on an account with thousands of sessions. An attacker chooses their number, so no act may read them all.

import postgres from 'postgres';
import { describe, expect, it } from 'vitest';

import { disableAccount, enableAccount, endSessionsOf } from '../../src/auth/admin.js';
import { endEverySessionOfAll } from '../../src/auth/afterRestore.js';
import { linkIn, run } from '../support/account.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, password, register, reasonOf } from '../support/operations.js';
import { openOperator } from '../support/operator.js';
import { startSmtp } from '../support/smtpServer.js';
import { sessionEndedOn, watch } from '../support/socket.js';
import { startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

describe.runIf(databaseKind === 'postgres')(
  'MANY-01 an account with thousands of live sessions',
  async () => {
    if (databaseKind !== 'postgres') return;
    const smtp = await startSmtp();
    const node = await startNode({ env: { SESSION_LIMIT: '0', SMTP_URL: smtp.url } });
    const { url, database } = node;
    const sql = postgres(database.env['DATABASE_URL'] ?? '', {
      max: 1,
      onnotice: () => undefined,
      connection: { search_path: 'hufu, public' },
    });
    whenFileEnds(() => sql.end({ timeout: 5 }));

    const operator = await openOperator(database, { SESSION_LIMIT: '0' });

    /** Inserts sessions that are newer than all others of the account. */
    const seed = async (userId: string, count: number) => {
      await sql`
      insert into sessions
        (id, user_id, slot, device_kind, ip, user_agent, methods, proved_at, signed_in_at, last_seen_at, expires_at)
      select id, ${userId}, id, 'WEB', '192.0.2.7', 'Example/1.0', '{PASSWORD}', now(), now(), now(),
        now() + interval '30 days'
      from (select gen_random_uuid() as id from generate_series(1, ${count})) rows`;
    };
    const countLive = async (userId: string) => {
      const [row] = await sql`
      select count(*)::int as count from sessions where user_id = ${userId} and ended_at is null`;
      return Number(row?.['count']);
    };
    const userWith = async (count: number) => {
      const account = await register(url);
      await seed(account.user.id, count);
      return { ...account, id: account.user.id, email: account.user.email };
    };
    const next = 'another horse battery staple';
    const many = 6_000;

    it('MUST lose all sessions and links when every account is signed out after a restore', async () => {
      const owner = await userWith(many);
      const other = await register(url);
      const device = await watch(url, other.token);
      await run(url, 'requestPasswordReset', { email: other.user.email });
      const { token } = linkIn(await smtp.next(other.user.email));
      const { sessions, links } = await endEverySessionOfAll(operator);
      expect(sessions).toBeGreaterThan(many);
      expect(links).toBeGreaterThan(0);
      expect(await sessionEndedOn(device)).toMatchObject({ reason: 'REVOKED' });
      expect([await reasonOf(url, owner.token), await reasonOf(url, other.token)]).toEqual([
        'REVOKED',
        'REVOKED',
      ]);
      expect(await run(url, 'resetPassword', { token, newPassword: next })).toMatchObject({
        reason: 'EXPIRED',
      });
      expect((await login(url, other.user.email)).__typename).toBe('LoginSuccess');
      expect(await endSessionsOf(operator, owner.id)).toMatchObject({ ended: [] });
    });

    it('MUST be able to reset its password', async () => {
      const owner = await userWith(many);
      await run(url, 'requestPasswordReset', { email: owner.email });
      const { token } = linkIn(await smtp.next(owner.email));
      expect(await run(url, 'resetPassword', { token, newPassword: next })).toMatchObject({
        __typename: 'ResetPasswordSuccess',
      });
      expect(await reasonOf(url, owner.token)).toBe('PASSWORD_CHANGED');
    });

    it('MUST be able to end all other sessions, and keep the calling one although it is the oldest', async () => {
      const owner = await userWith(many);
      const ended = await gql(url, {
        query: 'mutation { endOtherSessions { sessions { id } } }',
        token: owner.token,
      });
      expect(ended.errors).toEqual([]);
      expect(await reasonOf(url, owner.token)).toBe('live');
      const { data } = await gql<{ me: { sessions: { id: string }[] } }>(url, {
        query: '{ me { sessions { id } } }',
        token: owner.token,
      });
      expect(data?.me.sessions).toEqual([{ id: owner.session.id }]);
      await expect.poll(() => countLive(owner.id), { timeout: 10_000 }).toBe(1);
      expect(await reasonOf(url, owner.token)).toBe('live');
      // A background task ends the rows afterwards.
      const reasons = await sql`
      select end_reason, count(*)::int from sessions where user_id = ${owner.id} group by 1 order by 2`;
      expect(reasons).toEqual([
        { end_reason: null, count: 1 },
        { end_reason: 'REVOKED', count: many },
      ]);
      await expect
        .poll(() => sql`select 1 from users where id = ${owner.id} and sessions_ended_before is null`)
        .toHaveLength(1);
    });

    it('MUST lose all sessions when it is disabled, also after it is enabled again', async () => {
      const owner = await userWith(many);
      const device = await watch(url, owner.token);
      expect(await disableAccount(operator, owner.email)).toMatchObject({ live: [] });
      expect(await sessionEndedOn(device)).toMatchObject({ reason: 'ACCOUNT_DISABLED' });
      await enableAccount(operator, owner.id);
      expect(await reasonOf(url, owner.token)).toBe('ACCOUNT_DISABLED');
      await expect.poll(() => countLive(owner.id), { timeout: 10_000 }).toBe(0);
    });

    it('MUST have and list at most 1,000 sessions after a login', async () => {
      const owner = await userWith(1_000);
      const fresh = await login(url, owner.email);
      expect(await reasonOf(url, owner.token)).toBe('SUPERSEDED');
      expect(await countLive(owner.id)).toBe(1_000);
      await seed(owner.id, many);
      const { data } = await gql<{ me: { sessions: object[] } }>(url, {
        query: '{ me { sessions { id } } }',
        token: fresh.token,
      });
      expect(data?.me.sessions).toHaveLength(1_000);
      await login(url, owner.email);
      // A session of a bulk end is refused as SUPERSEDED before its row has an end.
      expect(await reasonOf(url, fresh.token)).toBe('SUPERSEDED');
    });

    it('MUST be able to change its password, which ends 150,000 sessions and notifies subscribers', async () => {
      const owner = await userWith(150_000);
      const device = await watch(url, owner.token);
      const input = { currentPassword: password, newPassword: next };
      const changed = await run(url, 'changePassword', input, owner.token);
      expect(changed.__typename).toBe('ChangePasswordSuccess');
      expect(await sessionEndedOn(device)).toMatchObject({ reason: 'PASSWORD_CHANGED' });
      expect(await reasonOf(url, owner.token)).toBe('PASSWORD_CHANGED');
      expect(await reasonOf(url, changed.token ?? '')).toBe('live');
      expect(changed.endedSessions?.length).toBeLessThan(2_010);
      const own = changed.endedSessions?.find(({ id }) => id === owner.session.id);
      expect(own?.supersededBy?.id).toBe(changed.session?.id);
    }, 60_000);
  },
);
