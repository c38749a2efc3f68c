// A link from the mail gives the owner of an account its limits back. A stolen token gets few password attempts.

import { expect, test } from 'vitest';

import { linkIn } from '../support/account.js';
import { gql } from '../support/gql.js';
import { password, randomEmail } from '../support/operations.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';
import { attempt, attempts, countOf, limitsOn, wrongPassword } from './attempts.js';

const smtp = await startSmtp();
const { url } = await startNode({
  env: { ...limitsOn, SMTP_URL: smtp.url, LOGIN_NOTICES: 'off', RATE_LIMIT_ACCOUNT_GUESSES_PER_HOUR: '20' },
});
const newPassword = 'a lantern over the quiet river';

async function run(from: string, call: string, token?: string) {
  const ofRegistration = call.startsWith('register') ? '... on RegisterSuccess { token }' : '';
  const { data } = await gql<{ result: { __typename: string; token?: string } }>(url, {
    query: `mutation { result: ${call} { __typename ${ofRegistration} } }`,
    headers: { 'x-forwarded-for': from },
    ...(token === undefined ? {} : { token }),
  });
  return data?.result;
}

async function newAccount(from: string) {
  const email = randomEmail();
  const made = await run(from, `register(input: { email: "${email}", password: "${password}" })`);
  return { email, token: made?.token ?? '' };
}

async function resetFrom(from: string, email: string) {
  await run(from, `requestPasswordReset(input: { email: "${email}" })`);
  const { token } = linkIn(await smtp.next(email, /new password/));
  return run(from, `resetPassword(input: { token: "${token}", newPassword: "${newPassword}" })`);
}

/** Uses up the account's attempts, from unknown networks. */
async function useUp(email: string, network: number) {
  await attempts(24, url, email, (n) => ({ from: `10.${String(network)}.${String(n)}.1` }));
}

test('RECOVERY-01 a client with a stolen token MUST NOT try more than ten passwords an hour, from any number of IPs', async () => {
  const { token } = await newAccount('192.0.2.1');
  const kinds = [];
  for (let n = 0; n < 14; n += 1) {
    const input = `currentPassword: "${wrongPassword}", newPassword: "${newPassword}"`;
    const result = await run(`11.${String(n)}.3.1`, `changePassword(input: { ${input} })`, token);
    kinds.push(result?.__typename ?? '');
  }
  expect(countOf('InvalidCredentials', kinds)).toBe(10);
  expect(countOf('TooManyAttempts', kinds)).toBe(4);
});

test('RECOVERY-02 a password reset MUST clear the counts of the account, and make its network known', async () => {
  const { email } = await newAccount('192.0.2.2');
  const home = '198.51.100.2';
  await useUp(email, 20);
  expect((await attempt(url, email, { from: home, with: password })).__typename).toBe('TooManyAttempts');
  expect((await resetFrom(home, email))?.__typename).toBe('ResetPasswordSuccess');
  const elsewhere = { from: '198.51.101.2', with: newPassword };
  expect((await attempt(url, email, elsewhere)).__typename).toBe('LoginSuccess');
  await useUp(email, 21);
  expect((await attempt(url, email, { from: home, with: newPassword })).__typename).toBe('LoginSuccess');
});

test('RECOVERY-03 a password reset MUST make the networks of an earlier user of the account unknown', async () => {
  const squatter = '203.0.113.5';
  const { email } = await newAccount(squatter);
  await useUp(email, 30);
  // A known network: it signs in although the account has no attempts left.
  expect((await attempt(url, email, { from: squatter, with: password })).__typename).toBe('LoginSuccess');
  expect((await resetFrom('198.51.100.3', email))?.__typename).toBe('ResetPasswordSuccess');
  await useUp(email, 31);
  const back = { from: squatter, with: newPassword };
  expect((await attempt(url, email, back)).__typename).toBe('TooManyAttempts');
});
