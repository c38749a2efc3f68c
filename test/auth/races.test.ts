// What must hold however requests interleave: links that work once, passwords that are old at once, addresses that
// belong to one account. On a real server many transactions really run at the same time.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import postgres from 'postgres';
import { describe, expect, it } from 'vitest';

import { ask, linkIn, registerVerified, run } from '../support/account.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import {
  login,
  loginOperation,
  meOperation,
  randomEmail,
  password,
  register,
  registerOperation,
} from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';
import { startWire } from '../support/wire.js';

const smtp = await startSmtp();
const database = await readyDatabase();
const env = { SMTP_URL: smtp.url, RATE_LIMITS: 'off' };
// While a password is hashed another request can come in between: at full cost.
const hashing = {};
// On a server, two nodes: nothing may rest on one process's memory.
const first = await startNode({ database, env, hashing });
const second = databaseKind === 'postgres' ? await startNode({ database, env, hashing }) : first;
const urlOf = (index: number) => (index % 2 === 0 ? first.url : second.url);
const url = first.url;

const rounds = databaseKind === 'postgres' ? 12 : 4;
const newPassword = 'a lantern over the quiet river';

const times = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

async function isLive(token: string): Promise<boolean> {
  return (await gql(url, { query: meOperation, token })).errors.length === 0;
}

/** The token of a login that went through; null for one that was refused. */
async function tryLogin(index: number, email: string, secret: string): Promise<string | null> {
  const variables = { input: { email, password: secret } };
  const { data, errors } = await gql(urlOf(index), { query: loginOperation, variables });
  expect(errors).toEqual([]);
  const name = data?.login.__typename ?? '';
  expect(['LoginSuccess', 'InvalidCredentials']).toContain(name);
  return name === 'LoginSuccess' ? (data?.login.token ?? null) : null;
}

describe('ACCOUNT-13 a link works once', () => {
  it('MUST let exactly one of 20 simultaneous uses succeed', { timeout: 60_000 }, async () => {
    const { user, token } = await register(url);

    await run(url, 'requestEmailVerification', null, token);
    const verify = linkIn(await smtp.next(user.email));
    const verified = await times(20, (index) => run(urlOf(index), 'verifyEmail', { token: verify.token }));
    expect(verified.filter(({ __typename }) => __typename === 'VerifyEmailSuccess')).toHaveLength(1);
    expect(verified.filter(({ reason }) => reason === 'USED')).toHaveLength(19);

    await run(url, 'requestPasswordReset', { email: user.email });
    const reset = linkIn(await smtp.next(user.email));
    const resets = await times(20, (index) =>
      run(urlOf(index), 'resetPassword', {
        token: reset.token,
        newPassword: `${newPassword} ${String(index)}`,
      }),
    );
    const winner = resets.findIndex(({ __typename }) => __typename === 'ResetPasswordSuccess');
    expect(resets.filter(({ reason }) => reason === 'USED')).toHaveLength(19);
    // The one password that is set is that of the use that was told so.
    expect(await tryLogin(0, user.email, `${newPassword} ${String(winner)}`)).not.toBeNull();
  });
});

describe('ACCOUNT-14 an old password opens nothing', () => {
  it('MUST leave no session of a login that raced with a reset', { timeout: 120_000 }, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { user } = await register(url);
      await run(url, 'requestPasswordReset', { email: user.email });
      const link = linkIn(await smtp.next(user.email));
      const [reset, ...tokens] = await Promise.all([
        run(url, 'resetPassword', { token: link.token, newPassword }),
        ...Array.from({ length: 8 }, (_, index) => tryLogin(index, user.email, password)),
      ]);
      expect(reset.__typename).toBe('ResetPasswordSuccess');
      for (const token of tokens) if (token !== null) expect(await isLive(token)).toBe(false);
      expect(await tryLogin(0, user.email, password)).toBeNull();
    }
  });

  it('MUST leave no session of a login that raced with a change', { timeout: 120_000 }, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { user, token } = await register(url);
      const [change, ...tokens] = await Promise.all([
        ask(url, 'changePassword', { currentPassword: password, newPassword }, token),
        ...Array.from({ length: 6 }, (_, index) => tryLogin(index, user.email, password)),
      ]);
      const changed = change.data?.['changePassword']?.token;
      if (changed === undefined) {
        // A login was quicker: the change was begun under a session that it superseded, and did nothing.
        expect(change.errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' });
        expect(await tryLogin(0, user.email, newPassword)).toBeNull();
      } else {
        for (const old of tokens) if (old !== null) expect(await isLive(old)).toBe(false);
        expect(await tryLogin(0, user.email, password)).toBeNull();
      }
    }
  });

  it('MUST let exactly one of several simultaneous changes through', { timeout: 120_000 }, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { user, token } = await register(url);
      const answers = await times(6, (index) =>
        ask(
          urlOf(index),
          'changePassword',
          { currentPassword: password, newPassword: `${newPassword} ${String(index)}` },
          token,
        ),
      );
      const done = answers.findIndex(({ errors }) => errors.length === 0);
      const refused = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.reason));
      expect(refused).toEqual(Array.from({ length: 5 }, () => 'PASSWORD_CHANGED'));
      expect(await isLive(answers[done]?.data?.['changePassword']?.token ?? '')).toBe(true);
      expect(await tryLogin(0, user.email, `${newPassword} ${String(done)}`)).not.toBeNull();
    }
  });
});

describe.runIf(databaseKind === 'postgres')(
  'ACCOUNT-32 a change of the password that another overtakes',
  () => {
    it('MUST be told that its session has ended, not that its password is wrong', async () => {
      const wire = await startWire(database.env['DATABASE_URL'] ?? '');
      const far = await startNode({ database: { env: { ...database.env, DATABASE_URL: wire.url } }, env });
      const { token } = await register(far.url);
      await gql(far.url, { query: meOperation, token });
      const change = (at: string) =>
        ask(at, 'changePassword', { currentPassword: password, newPassword }, token);

      // Its session was live when it was looked up; its password is read after the other change.
      const held = wire.hold('"password_hash", "hufu"."users"."email_key" from');
      const late = change(far.url);
      const release = await held;
      expect((await change(url)).errors).toEqual([]);
      release();
      expect((await late).errors[0]?.extensions).toMatchObject({ reason: 'PASSWORD_CHANGED' });
    });
  },
);

describe('ACCOUNT-15 an email belongs to one account', () => {
  it('MUST let exactly one of 10 simultaneous registrations have it', async () => {
    const email = randomEmail();
    const answers = await times(10, (index) =>
      gql(urlOf(index), { query: registerOperation, variables: { input: { email, password } } }),
    );
    const names = answers.map(({ data }) => data?.register.__typename);
    expect(names.filter((name) => name === 'RegisterSuccess')).toHaveLength(1);
    expect(names.filter((name) => name === 'EmailTaken')).toHaveLength(9);
  });

  it('MUST let exactly one of several accounts change to it', { timeout: 60_000 }, async () => {
    const newEmail = randomEmail();
    const people = await times(5, () => register(url));
    await times(5, (index) =>
      run(urlOf(index), 'requestEmailChange', { newEmail }, people[index]?.token ?? ''),
    );
    const links = await times(5, async () => linkIn(await smtp.next(newEmail)));
    const results = await times(5, (index) =>
      run(urlOf(index), 'confirmEmailChange', { token: links[index]?.token ?? '' }),
    );
    const names = results.map(({ __typename }) => __typename);
    expect(names.filter((name) => name === 'ConfirmEmailChangeSuccess')).toHaveLength(1);
    expect(names.filter((name) => name === 'EmailTaken')).toHaveLength(4);
  });

  it.runIf(databaseKind === 'postgres')(
    'MUST NOT be given back when another account takes it at that moment, and the reset MUST go through all the same',
    async () => {
      const { user, token } = await registerVerified(url, smtp);
      const newEmail = randomEmail();
      await run(url, 'requestEmailChange', { newEmail }, token);
      await run(url, 'confirmEmailChange', { token: linkIn(await smtp.next(newEmail)).token });
      const notice = await smtp.next(user.email, /e-mail .* was changed/);

      // Taken, but not committed yet: the reset cannot see it, and has to wait for it when it writes.
      const taker = postgres(database.env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => undefined });
      await taker.unsafe('begin');
      await taker`insert into hufu.users (id, email, email_key, password_hash, created_at)
        values (${randomUUID()}, ${user.email}, ${user.email}, 'x', now())`;
      const reset = run(url, 'resetPassword', { token: linkIn(notice).token, newPassword });
      const waiting =
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      await expect.poll(() => rowsOf(database, waiting)).toHaveLength(1);
      await taker.unsafe('commit');
      await taker.end();

      expect(await reset).toMatchObject({
        __typename: 'ResetPasswordSuccess',
        user: { id: user.id, email: newEmail },
      });
      expect(await tryLogin(0, newEmail, newPassword)).not.toBeNull();
    },
  );
});

describe('ACCOUNT-16 an operation of a superseded session MUST NOT act on the newer one', () => {
  it.each([
    ['changePassword', { currentPassword: password, newPassword }],
    ['deleteAccount', null],
    ['requestEmailChange', { newEmail: randomEmail() }],
    ['requestEmailVerification', null],
  ] as const)('%s', { timeout: 60_000 }, async (operation, input) => {
    for (let round = 0; round < Math.ceil(rounds / 2); round += 1) {
      const { user, token } = await register(url);
      const [answer, newer] = await Promise.all([
        ask(urlOf(0), operation, input, token),
        gql(urlOf(1), { query: loginOperation, variables: { input: { email: user.email, password } } }),
      ]);
      const [error] = answer.errors;
      if (error !== undefined) {
        expect(error.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' });
        expect(await isLive(newer.data?.login.token ?? '')).toBe(true);
      }
    }
  });
});

describe.runIf(databaseKind === 'postgres')('ACCOUNT-22 what waited for a login', async () => {
  if (databaseKind !== 'postgres') return;
  const node = await startNode({ database, env: { ...env, SESSION_LIMIT: '0' } });

  it.each([
    ['changePassword', 'CHANGE_PASSWORD'],
    ['resetPassword', 'RESET_PASSWORD'],
    ['deleteAccount', 'DELETE_ACCOUNT'],
    ['endOtherSessions', 'END_OTHER_SESSIONS'],
  ] as const)('MUST be on record as later than that: %s', { timeout: 60_000 }, async (operation, kind) => {
    const { user, token } = await registerVerified(node.url, smtp);
    await run(node.url, 'requestPasswordReset', { email: user.email });
    const link = linkIn(await smtp.next(user.email, /new password/));
    const acts = {
      changePassword: () =>
        ask(node.url, 'changePassword', { currentPassword: password, newPassword }, token),
      resetPassword: () => ask(node.url, 'resetPassword', { token: link.token, newPassword }),
      deleteAccount: () => ask(node.url, 'deleteAccount', null, token),
      endOtherSessions: () => gql(node.url, { query: 'mutation { endOtherSessions { __typename } }', token }),
    };

    const holder = postgres(database.env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => undefined });
    await holder.unsafe('begin');
    await holder`select 1 from hufu.users where id = ${user.id} for no key update`;
    const waiting = `select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    const signIn = login(node.url, user.email);
    await expect.poll(() => rowsOf(database, waiting)).toHaveLength(1);
    const ending = acts[operation]();
    await expect.poll(() => rowsOf(database, waiting)).toHaveLength(2);
    // Long enough to tell what was read before the wait from what was read after it.
    await pause(50);
    await holder.unsafe('commit');
    await holder.end();
    const { session } = await signIn;
    expect((await ending).errors).toEqual([]);

    const [order] = await rowsOf(
      database,
      `select ended_at >= signed_in_at as ended,
          (select at from hufu.security_events where user_id = '${user.id}' and kind = '${kind}') >= signed_in_at as told,
          (select count(*)::int from hufu.sessions where user_id = '${user.id}' and ended_at < signed_in_at) as backward
        from hufu.sessions where id = '${session.id}'`,
    );
    expect(order).toEqual({ ended: true, told: true, backward: 0 });
  });
});
