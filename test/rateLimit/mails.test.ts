// The limits of mails that clients ask for: one recipient gets a few of each kind, however many networks ask. A stranger who
// asks does not keep the owner's mails from being sent.

import { expect, test } from 'vitest';

import { createKeyring } from '../../src/tokens/keyring.js';
import { createMailedCodes } from '../../src/tokens/mailedCode.js';
import { gql } from '../support/gql.js';
import { codeIn, linkIn, registerByMail } from '../support/account.js';
import { randomEmail, password } from '../support/operations.js';
import { testSecret } from '../support/settings.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';
import { limitsOn } from './attempts.js';

const smtp = await startSmtp();
const env = {
  ...limitsOn,
  SMTP_URL: smtp.url,
  RATE_LIMIT_RECIPIENT_MAILS_PER_HOUR: '2',
  LOGIN_NOTICES: 'off',
  EMAIL_CODE_LOGIN: 'true',
};
const open = await startNode({ env });
const verified = await startNode({ env: { ...env, REQUIRE_VERIFIED_EMAIL: 'true' } });

interface Result {
  readonly __typename: string;
  readonly token?: string;
  readonly challenge?: { readonly token: string };
  readonly triesLeft?: number;
}

const operations = {
  register:
    'mutation ($input: RegisterInput!) { register(input: $input) { __typename ... on RegisterSuccess { token } ... on VerificationRequested { challenge { token } } } }',
  completeRegistration:
    'mutation ($input: CompleteRegistrationInput!) { completeRegistration(input: $input) { __typename ... on CodeRejected { triesLeft } } }',
  requestLoginCode:
    'mutation ($input: RequestLoginCodeInput!) { requestLoginCode(input: $input) { __typename ... on LoginCodeRequested { challenge { token } } } }',
  loginWithCode:
    'mutation ($input: LoginWithCodeInput!) { loginWithCode(input: $input) { __typename ... on CodeRejected { triesLeft } } }',
  requestPasswordReset:
    'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { __typename } }',
  resetPassword: 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { __typename } }',
  requestEmailVerification:
    'mutation ($input: RequestEmailVerificationInput!) { requestEmailVerification(input: $input) { __typename } }',
  requestEmailChange:
    'mutation ($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) { __typename } }',
} as const;

async function ask(
  url: string,
  ip: string,
  operation: keyof typeof operations,
  input: object,
  token?: string,
): Promise<Result> {
  const answer = await gql<Record<string, Result>>(url, {
    query: operations[operation],
    variables: { input },
    headers: { 'x-forwarded-for': ip },
    ...(token === undefined ? {} : { token }),
  });
  const result = answer.data?.[operation];
  if (result === undefined) throw new Error(JSON.stringify(answer.errors));
  return result;
}

/** Returns IPs of networks without a common prefix. */
function networks(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${String(20 + n)}.${String(n)}.2.1`);
}

/** Returns the subjects of a recipient's mails, once a mail that was asked for after all others has been sent. */
async function mailsOf(url: string, to: string): Promise<readonly string[]> {
  const last = randomEmail();
  const ip = '198.51.100.200';
  await ask(url, ip, 'register', { email: last, password });
  if (url === open.url) await ask(url, ip, 'requestEmailVerification', { email: last });
  await smtp.next(last);
  return (await smtp.all(to)).map(({ subject }) => subject);
}

test('MAILS-01 a recipient MUST get a limited number of mails of each kind, however many networks ask', async () => {
  const { url } = open;
  const email = randomEmail();
  await ask(url, '198.51.100.1', 'register', { email, password });
  for (const operation of ['requestPasswordReset', 'requestEmailVerification'] as const)
    await Promise.all(networks(6).map((ip) => ask(url, ip, operation, { email })));
  expect((await mailsOf(url, email)).toSorted()).toEqual([
    'Confirm your e-mail for Hufu',
    'Confirm your e-mail for Hufu',
    'Set a new password for Hufu',
    'Set a new password for Hufu',
  ]);
});

test('MAILS-02 a recipient MUST get a limited number of mails about e-mail changes, however many accounts ask', async () => {
  const { url } = open;
  const newEmail = randomEmail();
  await Promise.all(
    networks(4).map(async (ip) => {
      const { token } = await ask(url, ip, 'register', { email: randomEmail(), password });
      await ask(url, ip, 'requestEmailChange', { newEmail }, token);
    }),
  );
  expect(await mailsOf(url, newEmail)).toHaveLength(2);
});

test('MAILS-03 a recipient MUST get a limited number of mails about registrations, with and without an account', async () => {
  const { url } = verified;
  const free = randomEmail();
  for (const ip of networks(6)) await ask(url, ip, 'register', { email: free, password });
  const [first, ...others] = await mailsOf(url, free);
  expect([first, others]).toEqual(['Confirm your e-mail for Hufu', ['Confirm your e-mail for Hufu']]);

  const taken = randomEmail();
  await registerByMail(url, smtp, taken);
  for (const ip of networks(6)) await ask(url, ip, 'register', { email: taken, password });
  expect(await mailsOf(url, taken)).toEqual([
    'Confirm your e-mail for Hufu',
    'You have an account at Hufu already',
  ]);
});

test('MAILS-04 requests that send no mail MUST NOT keep the owner from getting mails', async () => {
  const { url } = verified;
  const email = randomEmail();
  // The worst stranger shares the owner's network.
  for (const ip of [...networks(4), ...networks(1), ...networks(1), ...networks(1)])
    await ask(url, ip, 'requestEmailVerification', { email });
  // All requests have been handled and counted.
  expect(await mailsOf(url, email)).toEqual([]);
  const [owner = ''] = networks(1);
  await registerByMail(url, smtp, email);
  for (const ip of networks(4)) await ask(url, ip, 'requestEmailVerification', { email });
  expect(await ask(url, owner, 'requestPasswordReset', { email })).not.toMatchObject({
    __typename: 'TooManyAttempts',
  });
  expect((await smtp.next(email, /Set a new password/)).to).toContain(email);
});

test('MAILS-05 the code of a challenge whose mail was not sent MUST be rejected', async () => {
  const codes = createMailedCodes(createKeyring(testSecret, null));
  const begin = async (operation: 'register' | 'requestLoginCode', email: string, count: number) => {
    const input = { email, ...(operation === 'register' ? { password } : {}) };
    const begun: { readonly challengeToken: string; readonly code: string }[] = [];
    for (const ip of networks(count)) {
      const { challenge } = await ask(verified.url, ip, operation, input);
      const token = challenge?.token ?? '';
      const id = Buffer.from(token, 'base64url').toString('hex', 0, 16);
      const code = codes.codeOf(id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
      begun.push({ challengeToken: token, code });
    }
    return begun;
  };
  const complete = (operation: 'completeRegistration' | 'loginWithCode', input: object) =>
    ask(verified.url, '192.0.2.77', operation, input);

  const email = randomEmail();
  /** Splits the challenges, once the outbox is empty, into those whose code was mailed and the others. */
  const sorted = async (begun: Awaited<ReturnType<typeof begin>>) => {
    await mailsOf(verified.url, email);
    const mailed = new Set((await smtp.all(email)).map((mail) => codeIn(mail).replace(' ', '')));
    const others = begun.filter(({ code }) => !mailed.has(code));
    expect(others).toHaveLength(2);
    return { mailed: begun.filter(({ code }) => mailed.has(code)), others };
  };

  const registrations = await sorted(await begin('register', email, 4));
  for (const input of registrations.others)
    expect(await complete('completeRegistration', input)).toMatchObject({ triesLeft: 4 });
  expect(await complete('completeRegistration', registrations.mailed[0] ?? {})).toMatchObject({
    __typename: 'RegisterSuccess',
  });

  const logins = await sorted(await begin('requestLoginCode', email, 4));
  for (const input of logins.others)
    expect(await complete('loginWithCode', input)).toMatchObject({ triesLeft: 4 });
  for (const input of logins.mailed)
    expect(await complete('loginWithCode', input)).toMatchObject({ __typename: 'LoginSuccess' });
});

test('MAILS-06 a stranger who asks for login codes MUST NOT keep the owner from getting them on a known network', async () => {
  const { url } = open;
  const email = randomEmail();
  const own = '198.51.100.61';
  await ask(url, own, 'register', { email, password });
  for (const ip of networks(6)) await ask(url, ip, 'requestLoginCode', { email });
  expect(await mailsOf(url, email)).toHaveLength(2);
  for (let asked = 0; asked < 2; asked += 1) await ask(url, own, 'requestLoginCode', { email });
  expect(await mailsOf(url, email)).toHaveLength(4);
});

test('MAILS-07 a password reset MUST let the owner ask for login codes again on a network that had used up its own', async () => {
  const { url } = open;
  const email = randomEmail();
  const own = '198.51.100.71';
  await ask(url, own, 'register', { email, password });
  for (let asked = 0; asked < 2; asked += 1) await ask(url, own, 'requestLoginCode', { email });
  expect(await mailsOf(url, email)).toHaveLength(2);
  await ask(url, own, 'requestPasswordReset', { email });
  const { token } = linkIn(await smtp.next(email, /Set a new password/));
  const newPassword = 'a lantern over the quiet river';
  expect(await ask(url, own, 'resetPassword', { token, newPassword })).toMatchObject({
    __typename: 'ResetPasswordSuccess',
  });
  const before = await mailsOf(url, email);
  await ask(url, own, 'requestLoginCode', { email });
  expect(await mailsOf(url, email)).toHaveLength(before.length + 1);
});
