// With REQUIRE_VERIFIED_EMAIL neither an answer nor its time reveals whether an e-mail has an account. Only the owner learns it,
// by mail.

import { describe, expect, it } from 'vitest';

import { linkIn, registerByMail, run } from '../support/account.js';
import { gql, type Operation } from '../support/gql.js';
import { loginOperation, randomEmail, password } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const { url, database } = await startNode({
  env: { SMTP_URL: smtp.url, REQUIRE_VERIFIED_EMAIL: 'true' },
  hashing: {},
});

const registerOperation: Operation<{ register: { __typename: string; to?: string; message?: string } }> = `
  mutation Register($input: RegisterInput!) {
    register(input: $input) { __typename ... on VerificationRequested { to } ... on Problem { message } }
  }`;

async function register(email: string, secret = password) {
  const variables = { input: { email, password: secret } };
  return (await gql(url, { query: registerOperation, variables })).data?.register;
}

async function login(email: string, secret: string): Promise<string | undefined> {
  const variables = { input: { email, password: secret } };
  return (await gql(url, { query: loginOperation, variables })).data?.login.__typename;
}

/** Registers a user whose e-mail is verified. */
async function owner(): Promise<string> {
  const email = randomEmail();
  await registerByMail(url, smtp, email);
  return email;
}

/** Runs an act for a known and an unknown e-mail in turn, and returns the ratio of their typical times. */
async function ratioOf(rounds: number, known: string, act: (email: string) => Promise<unknown>) {
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of round % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
      const email = kind === 'known' ? known : randomEmail();
      const start = performance.now();
      const answer = await act(email);
      times[kind].push(performance.now() - start);
      expect(JSON.stringify(answer).replaceAll(email, 'the email')).toBe(expected.get(act) ?? '');
    }
  }
  return lowerQuartile(times.unknown) / lowerQuartile(times.known);
}

const askReset = (email: string) => run(url, 'requestPasswordReset', { email });
const askVerification = (email: string) => run(url, 'requestEmailVerification', { email });
const expected = new Map<unknown, string>([
  [register, '{"__typename":"VerificationRequested","to":"the email"}'],
  [askReset, '{"__typename":"EmailRequested","to":"the email"}'],
  [askVerification, '{"__typename":"EmailRequested","to":"the email"}'],
]);

/** Estimates the time without interference, which only adds to it. */
function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? 0;
}

describe('ACCOUNT-02 a registration with REQUIRE_VERIFIED_EMAIL', () => {
  it(
    'MUST get the same answer in the same time, whether or not the e-mail is taken',
    { timeout: 60_000 },
    async () => {
      const known = await owner();
      const ratio = await ratioOf(32, known, register);
      expect(ratio).toBeGreaterThan(0.6);
      expect(ratio).toBeLessThan(1 / 0.6);
    },
  );

  it('MUST notify the owner of a taken e-mail by mail, and change nothing', async () => {
    const email = await owner();
    await register(email.toUpperCase(), 'a lantern over the quiet river');
    const mail = await smtp.next(email, /already/);
    expect(linkIn(mail).operation).toBe('resetPassword');
    expect(await login(email, 'a lantern over the quiet river')).toBe('InvalidCredentials');
    expect(await login(email, password)).toBe('LoginSuccess');
  });
});

describe('ACCOUNT-03 a login before the e-mail is verified', () => {
  it('MUST be refused with any password, and only the right one of an account MUST send a mail', async () => {
    const pending = randomEmail();
    await register(pending);
    await smtp.next(pending, /Confirm/);
    expect(await login(pending, 'not the right password')).toBe('InvalidCredentials');
    expect(await login(pending, password)).toBe('InvalidCredentials');

    const email = await owner();
    await rowsOf(database, `update hufu.users set email_verified_at = null where email = '${email}'`);
    expect(await login(email, 'not the right password')).toBe('InvalidCredentials');
    expect(await smtp.all(email, 1_300)).toHaveLength(1);
    expect(await login(email, password)).toBe('InvalidCredentials');
    expect(linkIn(await smtp.next(email, /Confirm/)).operation).toBe('resetPassword');

    const taken = await owner();
    await login(taken, 'not the right password');
    await login(randomEmail(), password);
    expect(await smtp.all(taken, 1_300)).toHaveLength(1);
    expect(await smtp.all(pending, 0)).toHaveLength(1);
  });
});

describe('ACCOUNT-04 a request for a mail without a session', () => {
  it.each([
    ['a reset', askReset],
    ['a verification', askVerification],
  ])('MUST get the same answer in the same time: %s', async (_what, act) => {
    const ratio = await ratioOf(40, await owner(), act);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('MUST send the mail only to the stored e-mail, in any spelling of the request', async () => {
    const email = await owner();
    const spelt = `  ${email.toUpperCase()}`;
    expect(await askReset(spelt)).toEqual({ __typename: 'EmailRequested', to: spelt });
    expect(linkIn(await smtp.next(email, /new password/)).operation).toBe('resetPassword');
    const stranger = randomEmail();
    await askReset(stranger);
    await askVerification(stranger);
    expect(await smtp.all(stranger)).toEqual([]);
  });
});
