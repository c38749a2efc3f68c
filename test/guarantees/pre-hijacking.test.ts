// The classes of account pre-hijacking (Sudhodanan and Paverd, "Pre-hijacked accounts", USENIX Security 2022): a stranger registers
// the e-mail of another user, and must lose all access when the owner takes the account over. Classes that need an identity
// provider are in auth/providers.test.ts.

import { randomUUID } from 'node:crypto';

import { expect, it } from 'vitest';

import { linkIn, run } from '../support/account.js';
import { gql } from '../support/gql.js';
import { meOperation, password, randomEmail, register, loginResult } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const { url, database } = await startNode({ env: { SMTP_URL: smtp.url, SESSION_LIMIT: '0' } });
const owners = 'another horse battery staple';

/** Registers an account as a stranger. */
async function registerAsStranger() {
  const { user, token } = await register(url, { email: randomEmail() });
  return { id: user.id, email: user.email, strangersToken: token };
}

/** Takes an account over as the owner of its e-mail, by a password reset. */
async function takeOver(email: string): Promise<void> {
  await run(url, 'requestPasswordReset', { email });
  const { token } = linkIn(await smtp.next(email, /Set a new password/));
  const reset = await run(url, 'resetPassword', { token, newPassword: owners });
  expect(reset.__typename).toBe('ResetPasswordSuccess');
}

it('PRE-HIJACKING-01 unexpired session: the session of the stranger MUST end when the owner resets the password', async () => {
  const { email, strangersToken } = await registerAsStranger();
  await takeOver(email);
  const { errors } = await gql(url, { query: meOperation, token: strangersToken });
  expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'PASSWORD_CHANGED' });
  expect(await loginResult(url, email, password)).toBe('InvalidCredentials');
  expect(await loginResult(url, email, owners)).toBe('LoginSuccess');
});

it('PRE-HIJACKING-02 trojan identifier: factors and identities of the stranger MUST be removed when the owner resets the password', async () => {
  const { id, email } = await registerAsStranger();
  await rowsOf(
    database,
    `insert into hufu.passkeys (id, user_id, credential_id, public_key, counter, backed_up, transports, name, created_at)
       values ('${randomUUID()}', '${id}', '${randomUUID()}', 'none', 0, false, '{}', 'a stranger''s', now());
     insert into hufu.totp_factors (id, user_id, sealed_seed, last_step, created_at)
       values ('${randomUUID()}', '${id}', 'sealed', 0, now());
     insert into hufu.identities (id, user_id, provider, issuer, subject, created_at)
       values ('${randomUUID()}', '${id}', 'acme', 'https://acme.example', '${id}', now());
     update hufu.users set passkeys = 1, identities = 1, has_totp = true, signs_in_by_email = true where id = '${id}'`,
  );
  await takeOver(email);
  const [left] = await rowsOf(
    database,
    `select passkeys, identities, has_totp, signs_in_by_email,
       (select count(*)::int from hufu.passkeys where user_id = users.id) as keys,
       (select count(*)::int from hufu.identities where user_id = users.id) as linked,
       (select count(*)::int from hufu.totp_factors where user_id = users.id) as apps
     from hufu.users where id = '${id}'`,
  );
  const nothing = { passkeys: 0, identities: 0, has_totp: false, signs_in_by_email: false };
  expect(left).toEqual({ ...nothing, keys: 0, linked: 0, apps: 0 });
  expect(await loginResult(url, email, owners)).toBe('LoginSuccess');

  // A later reset keeps what the owner has added.
  await rowsOf(database, `update hufu.users set signs_in_by_email = true where id = '${id}'`);
  await takeOver(email);
  const [kept] = await rowsOf(database, `select signs_in_by_email from hufu.users where id = '${id}'`);
  expect(kept).toEqual({ signs_in_by_email: true });
});

it('PRE-HIJACKING-03 unexpired e-mail change: a change that the stranger began MUST be void when the owner resets the password', async () => {
  const { email, strangersToken } = await registerAsStranger();
  const strangers = randomEmail();
  await run(url, 'requestEmailChange', { newEmail: strangers }, strangersToken);
  const { token } = linkIn(await smtp.next(strangers, /Confirm/));
  await takeOver(email);
  expect(await run(url, 'confirmEmailChange', { token })).toMatchObject({ reason: 'EXPIRED' });
  expect(await loginResult(url, strangers, owners)).toBe('InvalidCredentials');
  expect(await loginResult(url, email, owners)).toBe('LoginSuccess');
});
