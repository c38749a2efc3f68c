// Races between requests on an account: a link works once, an old password opens no session, and an e-mail belongs to one account.
// On a PostgreSQL server transactions really run in parallel.

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
import { startTwoNodes, inParallel } from '../support/twoNodes.js';
import { startWire } from '../support/wire.js';

const smtp = await startSmtp();
const database = await readyDatabase();
const env = { SMTP_URL: smtp.url, RATE_LIMITS: 'off' };
// Hashes at full cost, so that other requests run while a password is hashed.
const hashing = {};
// Two nodes where the database allows it, so that no rule can rely on the memory of one process.
const first = await startNode({ database, env, hashing });
const second = databaseKind === 'postgres' ? await startNode({ database, env, hashing }) : first;
const urlOf = (index: number) => (index % 2 === 0 ? first.url : second.url);
const url = first.url;

const rounds = databaseKind === 'postgres' ? 12 : 4;
const newPassword = 'a lantern over the quiet river';

async function isLive(token: string): Promise<boolean> {
  return (await gql(url, { query: meOperation, token })).errors.length === 0;
}

/** Logs in, and returns the token; null where the password is refused. */
async function tryLogin(index: number, email: string, secret: string): Promise<string | null> {
  const variables = { input: { email, password: secret } };
  const { data, errors } = await gql(urlOf(index), { query: loginOperation, variables });
  expect(errors).toEqual([]);
  const name = data?.login.__typename ?? '';
  expect(['LoginSuccess', 'InvalidCredentials']).toContain(name);
  return name === 'LoginSuccess' ? (data?.login.token ?? null) : null;
}

describe('ACCOUNT-13 an emailed link', () => {
  it('MUST work for exactly one of 20 parallel uses', { timeout: 60_000 }, async () => {
    const { user, token } = await register(url);

    await run(url, 'requestEmailVerification', null, token);
    const verify = linkIn(await smtp.next(user.email));
    const verified = await inParallel(20, (index) =>
      run(urlOf(index), 'verifyEmail', { token: verify.token }),
    );
    expect(verified.filter(({ __typename }) => __typename === 'VerifyEmailSuccess')).toHaveLength(1);
    expect(verified.filter(({ reason }) => reason === 'USED')).toHaveLength(19);

    await run(url, 'requestPasswordReset', { email: user.email });
    const reset = linkIn(await smtp.next(user.email));
    const resets = await inParallel(20, (index) =>
      run(urlOf(index), 'resetPassword', {
        token: reset.token,
        newPassword: `${newPassword} ${String(index)}`,
      }),
    );
    const winner = resets.findIndex(({ __typename }) => __typename === 'ResetPasswordSuccess');
    expect(resets.filter(({ reason }) => reason === 'USED')).toHaveLength(19);
    // The account has the password of the use that succeeded.
    expect(await tryLogin(0, user.email, `${newPassword} ${String(winner)}`)).not.toBeNull();
  });
});

describe('ACCOUNT-14 a password change or reset', () => {
  it(
    'MUST leave no live session of a parallel login with the old password, after a reset',
    { timeout: 120_000 },
    async () => {
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
    },
  );

  it(
    'MUST leave no live session of a parallel login with the old password, after a change',
    { timeout: 120_000 },
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const { user, token } = await register(url);
        const [change, ...tokens] = await Promise.all([
          ask(url, 'changePassword', { currentPassword: password, newPassword }, token),
          ...Array.from({ length: 6 }, (_, index) => tryLogin(index, user.email, password)),
        ]);
        const changed = change.data?.['changePassword']?.token;
        if (changed === undefined) {
          // A login was faster: it superseded the session of the change, which did nothing.
          expect(change.errors[0]?.extensions).toMatchObject({
            code: 'UNAUTHENTICATED',
            reason: 'SUPERSEDED',
          });
          expect(await tryLogin(0, user.email, newPassword)).toBeNull();
        } else {
          for (const old of tokens) if (old !== null) expect(await isLive(old)).toBe(false);
          expect(await tryLogin(0, user.email, password)).toBeNull();
        }
      }
    },
  );

  it('MUST succeed for exactly one of six parallel changes', { timeout: 120_000 }, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { user, token } = await register(url);
      const answers = await inParallel(6, (index) =>
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

describe.runIf(databaseKind === 'postgres')('ACCOUNT-32 a password change that another one overtakes', () => {
  it('MUST be refused because its session has ended, not because its password is wrong', async () => {
    const wire = await startWire(database.env['DATABASE_URL'] ?? '');
    const far = await startNode({ database: { env: { ...database.env, DATABASE_URL: wire.url } }, env });
    const { token } = await register(far.url);
    await gql(far.url, { query: meOperation, token });
    const change = (at: string) =>
      ask(at, 'changePassword', { currentPassword: password, newPassword }, token);

    // Its session is looked up before the other change, and its password hash after it.
    const held = wire.hold('"password_hash", "hufu"."users"."email_key" from');
    const late = change(far.url);
    const release = await held;
    expect((await change(url)).errors).toEqual([]);
    release();
    expect((await late).errors[0]?.extensions).toMatchObject({ reason: 'PASSWORD_CHANGED' });
  });
});

describe('ACCOUNT-15 an e-mail', () => {
  it('MUST go to exactly one of 10 parallel registrations', async () => {
    const email = randomEmail();
    const answers = await inParallel(10, (index) =>
      gql(urlOf(index), { query: registerOperation, variables: { input: { email, password } } }),
    );
    const names = answers.map(({ data }) => data?.register.__typename);
    expect(names.filter((name) => name === 'RegisterSuccess')).toHaveLength(1);
    expect(names.filter((name) => name === 'EmailTaken')).toHaveLength(9);
  });

  it(
    'MUST go to exactly one of five accounts that change to it in parallel',
    { timeout: 60_000 },
    async () => {
      const newEmail = randomEmail();
      const people = await inParallel(5, () => register(url));
      await inParallel(5, (index) =>
        run(urlOf(index), 'requestEmailChange', { newEmail }, people[index]?.token ?? ''),
      );
      const links = await inParallel(5, async () => linkIn(await smtp.next(newEmail)));
      const results = await inParallel(5, (index) =>
        run(urlOf(index), 'confirmEmailChange', { token: links[index]?.token ?? '' }),
      );
      const names = results.map(({ __typename }) => __typename);
      expect(names.filter((name) => name === 'ConfirmEmailChangeSuccess')).toHaveLength(1);
      expect(names.filter((name) => name === 'EmailTaken')).toHaveLength(4);
    },
  );

  it.runIf(databaseKind === 'postgres')(
    'MUST NOT be given back while another account takes it, and the password reset succeeds with the new e-mail',
    async () => {
      const { user, token } = await registerVerified(url, smtp);
      const newEmail = randomEmail();
      await run(url, 'requestEmailChange', { newEmail }, token);
      await run(url, 'confirmEmailChange', { token: linkIn(await smtp.next(newEmail)).token });
      const notice = await smtp.next(user.email, /e-mail .* was changed/);

      // The insert is not committed: the reset does not see it, and has to wait for it when it writes.
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

/** Operations of a signed-in user, with their input. */
const ownActs = [
  ['changePassword', { currentPassword: password, newPassword }],
  ['deleteAccount', null],
  ['requestEmailChange', { newEmail: randomEmail() }],
  ['requestEmailVerification', null],
] as const;

describe('ACCOUNT-16 an operation that races with a login that supersedes its session', () => {
  it.each(ownActs)(
    'MUST be done before the login or be refused: %s',
    { timeout: 60_000 },
    async (operation, input) => {
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
        } else if (operation === 'changePassword' || operation === 'deleteAccount') {
          // The operation came first, so the login found another password or no account.
          expect(newer.data?.login.__typename).toBe('InvalidCredentials');
        } else {
          expect(await isLive(newer.data?.login.token ?? '')).toBe(true);
        }
      }
    },
  );
});

describe.runIf(databaseKind === 'postgres')(
  'ACCOUNT-16 an operation that waits for the lock behind a login',
  async () => {
    if (databaseKind !== 'postgres') return;
    const nodes = await startTwoNodes({ env });

    it.each(ownActs)(
      'MUST be refused as SUPERSEDED, and leave the new session live: %s',
      async (operation, input) => {
        const { user, token } = await register(nodes.urlOf(0));
        const [newer, answer] = await nodes.inOrder(
          user.id,
          () => login(nodes.urlOf(1), user.email),
          () => ask(nodes.urlOf(0), operation, input, token),
        );
        expect(answer.errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' });
        expect(await nodes.reasonOf(newer.token)).toBe('live');
      },
    );
  },
);

describe.runIf(databaseKind === 'postgres')('ACCOUNT-22 an act that waited for a login', async () => {
  if (databaseKind !== 'postgres') return;
  const node = await startNode({ database, env: { ...env, SESSION_LIMIT: '0' } });

  it.each([
    ['changePassword', 'CHANGE_PASSWORD'],
    ['resetPassword', 'RESET_PASSWORD'],
    ['deleteAccount', 'DELETE_ACCOUNT'],
    ['endOtherSessions', 'END_OTHER_SESSIONS'],
  ] as const)(
    'MUST be recorded as later than the login: %s',
    { timeout: 60_000 },
    async (operation, kind) => {
      const { user, token } = await registerVerified(node.url, smtp);
      await run(node.url, 'requestPasswordReset', { email: user.email });
      const link = linkIn(await smtp.next(user.email, /new password/));
      const acts = {
        changePassword: () =>
          ask(node.url, 'changePassword', { currentPassword: password, newPassword }, token),
        resetPassword: () => ask(node.url, 'resetPassword', { token: link.token, newPassword }),
        deleteAccount: () => ask(node.url, 'deleteAccount', null, token),
        endOtherSessions: () =>
          gql(node.url, { query: 'mutation { endOtherSessions { __typename } }', token }),
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
      // Separates the times that were read before the wait from those that were read after it.
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
    },
  );
});
