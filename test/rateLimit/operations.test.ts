// The limits of operations that check no password: registrations, mails, forged links, notifications and repeated changes.

import { expect, test } from 'vitest';

import { ask, linkIn, run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { enrol } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { login, randomEmail, password, register, registerOperation } from '../support/operations.js';
import { addPasskey, passkeySettings } from '../support/passkeys.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const few = {
  RATE_LIMITS: 'on',
  SMTP_URL: smtp.url,
  RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: '3',
  RATE_LIMIT_IP_MAILS_PER_HOUR: '4',
  RATE_LIMIT_RECIPIENT_MAILS_PER_HOUR: '2',
  RATE_LIMIT_IP_GUESSES_PER_HOUR: '3',
};

async function registration(url: string, email = randomEmail(), secret = password) {
  const variables = { input: { email, password: secret } };
  return gql(url, { query: registerOperation, variables });
}

test('ACTS-01 registrations from one IP MUST be limited, and invalid input does not count', async () => {
  const { url } = await startNode({ env: few });
  const taken = randomEmail();
  const kinds: (string | undefined)[] = [];
  for (const [email, secret] of [
    [taken, password],
    ['no e-mail', password],
    [randomEmail(), 'short'],
    [taken, password],
    [randomEmail(), password],
    [randomEmail(), password],
  ] as const) {
    kinds.push((await registration(url, email, secret)).data?.register.__typename);
  }
  expect(kinds).toEqual([
    'RegisterSuccess',
    'InvalidInput',
    'WeakPassword',
    'EmailTaken',
    'RegisterSuccess',
    'TooManyAttempts',
  ]);
  const refused = await registration(url);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
});

test('ACTS-02 mails to one recipient and for one IP MUST be limited, whether or not the e-mail has an account', async () => {
  const { url } = await startNode({ env: few });
  const known = (await register(url)).user.email;
  for (const email of [known, randomEmail()]) {
    for (let n = 0; n < 2; n += 1) {
      const operation = 'requestPasswordReset';
      expect((await ask(url, operation, { email })).data?.[operation]?.to).toBe(email);
    }
    const refused = await ask(url, 'requestPasswordReset', { email: email.toUpperCase() });
    expect(refused.errors).toEqual([]);
    const result = refused.data?.['requestPasswordReset'];
    expect(result?.__typename).toBe('TooManyAttempts');
    expect(Date.parse(result?.retryAt ?? '')).toBeGreaterThan(Date.now());
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_000);
  }
  // The IP has asked for four mails, its limit.
  const other = await ask(url, 'requestEmailVerification', { email: randomEmail() });
  expect(other.data?.['requestEmailVerification']?.__typename).toBe('TooManyAttempts');
});

test('ACTS-03 the mails that a signed-in user asks for MUST be limited by recipient', async () => {
  const { url } = await startNode({ env: few });
  const { token } = await register(url);
  const newEmail = randomEmail();
  const change = () => ask(url, 'requestEmailChange', { newEmail }, token);
  const kinds: (string | undefined)[] = [];
  for (let n = 0; n < 3; n += 1) kinds.push((await change()).data?.['requestEmailChange']?.__typename);
  expect(kinds).toEqual(['EmailRequested', 'EmailRequested', 'TooManyAttempts']);
  await smtp.next(newEmail);
  expect((await ask(url, 'requestEmailVerification', null, token)).errors).toEqual([]);
  expect((await ask(url, 'requestEmailVerification', null, token)).errors).toEqual([]);
  const refused = await ask(url, 'requestEmailVerification', null, token);
  expect(refused.data?.['requestEmailVerification']?.__typename).toBe('TooManyAttempts');
});

test('ACTS-04 attempts with forged link tokens MUST be limited, and used links that the server signed do not count', async () => {
  const { url } = await startNode({ env: few });
  const email = randomEmail();
  await registration(url, email);
  await ask(url, 'requestPasswordReset', { email });
  const mail = await smtp.next(email);
  const token = /token=([\w.-]+)/.exec(mail.text)?.[1] ?? '';
  const use = async (operation: 'verifyEmail' | 'resetPassword' | 'confirmEmailChange', given: string) => {
    const input =
      operation === 'resetPassword' ? { token: given, newPassword: 'a quite new one' } : { token: given };
    const answer = await ask(url, operation, input);
    return answer.data?.[operation]?.reason ?? answer.data?.[operation]?.__typename;
  };
  expect(await use('resetPassword', token)).toBe('ResetPasswordSuccess');
  for (let n = 0; n < 5; n += 1) expect(await use('resetPassword', token)).toBe('USED');
  expect(await use('verifyEmail', token)).toBe('INVALID');
  expect(await use('verifyEmail', 'nonsense')).toBe('INVALID');
  expect(await use('resetPassword', `${token}x`)).toBe('INVALID');
  expect(await use('resetPassword', token)).toBe('TooManyAttempts');
  expect(await use('verifyEmail', 'nonsense')).toBe('TooManyAttempts');
  expect(await use('confirmEmailChange', 'nonsense')).toBe('TooManyAttempts');
});

test('ACTS-05 with REQUIRE_VERIFIED_EMAIL a registration MUST count as a mail to its recipient', async () => {
  const { url } = await startNode({
    env: { ...few, REQUIRE_VERIFIED_EMAIL: 'true', RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: '100' },
  });
  const asTyped = ` ${randomEmail().toUpperCase()}`;
  const { data } = await gql<{ register: { to: string } }>(url, {
    query:
      'mutation ($input: RegisterInput!) { register(input: $input) { ... on VerificationRequested { to } } }',
    variables: { input: { email: asTyped, password } },
  });
  expect(data?.register.to).toBe(asTyped);
  const email = randomEmail();
  const kinds: (string | undefined)[] = [];
  for (let n = 0; n < 3; n += 1) kinds.push((await registration(url, email)).data?.register.__typename);
  expect(kinds).toEqual(['VerificationRequested', 'VerificationRequested', 'TooManyAttempts']);
});

test('ACTS-06 repeated logins and password changes MUST send a limited number of notifications of each kind', async () => {
  const { url } = await startNode({ env: few });
  const email = randomEmail();
  await registration(url, email);
  let { token } = await login(url, email);
  // An unverified e-mail receives no notification.
  expect(await smtp.all(email)).toEqual([]);
  await run(url, 'requestEmailVerification', null, token);
  await run(url, 'verifyEmail', { token: linkIn(await smtp.next(email)).token });
  for (let n = 0; n < 5; n += 1) ({ token } = await login(url, email));
  const passwords = [password, 'the second of them', 'the third of them', 'the fourth of them'];
  for (const [n, newPassword] of passwords.slice(1).entries()) {
    const input = { currentPassword: passwords[n], newPassword };
    const answer = await ask(url, 'changePassword', input, token);
    token = answer.data?.['changePassword']?.token ?? '';
  }
  const subjects = (await smtp.all(email)).map(({ subject }) => subject).sort();
  expect(subjects).toEqual([
    'Confirm your e-mail for Hufu',
    'New sign-in to your Hufu account',
    'New sign-in to your Hufu account',
    'Your password for Hufu was changed',
    'Your password for Hufu was changed',
  ]);
});

test('ACTS-07 passkey renames, recovery codes and new authenticators MUST be limited, since each writes an audit event', async () => {
  const clock = createTestClock();
  const env = { RATE_LIMITS: 'on', RATE_LIMIT_ACCOUNT_SIGN_INS_PER_HOUR: '3', ...passkeySettings };
  const { url } = await startNode({ clock, env });
  const { token } = await register(url);
  const { fields } = await addPasskey(url, token);
  await enrol(url, token, clock);
  const query = `mutation ($input: RenamePasskeyInput!) {
    a: renamePasskey(input: $input) { __typename } b: renewRecoveryCodes { __typename }
    c: renamePasskey(input: $input) { __typename } d: renewRecoveryCodes { __typename } }`;
  const variables = { input: { id: fields.id, name: 'Another name' } };

  const { data } = await gql<Record<string, { __typename: string }>>(url, { query, variables, token });

  expect(Object.values(data ?? {}).map(({ __typename }) => __typename)).toEqual([
    'PasskeyRenamed',
    'RenewRecoveryCodesSuccess',
    'TooManyAttempts',
    'TooManyAttempts',
  ]);
  await expect(enrol(url, token, clock)).rejects.toThrow('the app was not added');
});
