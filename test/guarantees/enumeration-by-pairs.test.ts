// With REQUIRE_VERIFIED_EMAIL no pair of operations reveals whether an e-mail has an account: the effects of the first show in
// no answer of the second, in every state of the account. Limits are on, and each pair has an IP of its own.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { readConfig } from '../../src/config/index.js';
import { openDatabase } from '../../src/db/open.js';
import { users } from '../../src/db/schema/index.js';
import { createLog } from '../../src/observability/log.js';
import { registerByMail } from '../support/account.js';
import { readyDatabase } from '../support/database.js';
import { randomEmail } from '../support/operations.js';
import { testSettings } from '../support/settings.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const database = await readyDatabase();
const taken = await takenEmails(180);
const { url } = await startNode({
  database,
  env: {
    SMTP_URL: smtp.url,
    REQUIRE_VERIFIED_EMAIL: 'true',
    EMAIL_CODE_LOGIN: 'true',
    RATE_LIMITS: 'on',
    TRUST_PROXY: '1',
  },
});

const secret = 'a lantern over the quiet river';
const fields = '{ __typename ... on Problem { message } }';
const typed = (operation: string, type: string, selection = fields) =>
  `mutation ($input: ${type}!) { ${operation}(input: $input) ${selection} }`;

/** The operations of a stranger who knows an e-mail and cannot read its mails. */
const operations: Readonly<
  Record<string, (email: string, challenge: string) => readonly [query: string, input: object]>
> = {
  register: (email) => [
    typed(
      'register',
      'RegisterInput',
      '{ __typename ... on VerificationRequested { to challenge { token expiresAt } } ... on Problem { message } }',
    ),
    { email, password: secret },
  ],
  complete: (_email, challengeToken) => [
    typed(
      'completeRegistration',
      'CompleteRegistrationInput',
      '{ __typename ... on CodeRejected { triesLeft } ... on Problem { message } }',
    ),
    { challengeToken, code: '1234 5678' },
  ],
  login: (email) => [typed('login', 'LoginInput'), { email, password: secret }],
  wrongLogin: (email) => [typed('login', 'LoginInput'), { email, password: 'another password' }],
  verification: (email) => [
    typed('requestEmailVerification', 'RequestEmailVerificationInput', '{ __typename }'),
    { email },
  ],
  reset: (email) => [typed('requestPasswordReset', 'RequestPasswordResetInput', '{ __typename }'), { email }],
  loginCode: (email) => [
    typed(
      'requestLoginCode',
      'RequestLoginCodeInput',
      '{ __typename ... on LoginCodeRequested { to challenge { token expiresAt } } ... on Problem { message } }',
    ),
    { email },
  ],
  loginWithCode: (_email, challengeToken) => [
    typed(
      'loginWithCode',
      'LoginWithCodeInput',
      '{ __typename ... on CodeRejected { triesLeft } ... on Problem { message } }',
    ),
    { challengeToken, code: '1234 5678' },
  ],
  change: (email) => [typed('requestEmailChange', 'RequestEmailChangeInput'), { newEmail: email }],
  verifyJunk: () => [typed('verifyEmail', 'VerifyEmailInput'), { token: 'junk' }],
  resetJunk: () => [typed('resetPassword', 'ResetPasswordInput'), { token: 'junk', newPassword: secret }],
  changeJunk: () => [typed('confirmEmailChange', 'ConfirmEmailChangeInput'), { token: 'junk' }],
};
const names = Object.keys(operations);

/** A stranger's own session, for operations of signed-in users. */
const stranger = await registerByMail(url, smtp);

/** Sends an operation, and returns everything of its answer that a client sees, except times. */
async function answerOf(name: string, email: string, ip: string, challenge: string) {
  const [query, input] = operations[name]?.(email, challenge) ?? ['', {}];
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': ip,
      ...(name === 'change' ? { authorization: `Bearer ${stranger.token ?? ''}` } : {}),
    },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const text = await response.text();
  expect(text).toMatch(/__typename/);
  const headers = [...response.headers].filter(
    ([header]) => !/^(?:date|x-request-id|retry-after)$/.test(header),
  );
  const [, token = challenge] = /"token":"([\w-]+)"/.exec(text) ?? [];
  const said = text
    .replaceAll(email, 'the email')
    .replaceAll(token, 'a token')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a moment');
  return { token, answer: { status: response.status, headers, said, bytes: text.length } };
}

/** Creates accounts in every state in turn, with a password that no test tries. */
async function takenEmails(count: number): Promise<string[]> {
  const emails = Array.from({ length: count }, () => randomEmail());
  const direct = await openDatabase(
    readConfig(testSettings(database, {})).database,
    createLog('silent', false),
  );
  await direct.migrate();
  const now = new Date();
  const hash =
    '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  const states = [
    {},
    { emailVerifiedAt: null },
    { disabledAt: now },
    { passwordHash: null, signsInByEmail: true },
  ];
  const account = { passwordHash: hash, emailVerifiedAt: now, createdAt: now };
  await direct.read((db) =>
    db.insert(users).values(
      emails.map((email, at) => ({
        ...{ id: randomUUID(), email, emailKey: email, ...account },
        ...states[at % states.length],
      })),
    ),
  );
  await direct.close();
  return emails;
}

let network = 0;
/** Returns an IP that no request has used. */
function newIp(): string {
  network += 1;
  return `198.18.${String(network >> 8)}.${String(network & 255)}`;
}

async function sequence(email: string, steps: readonly string[]): Promise<unknown[]> {
  const ip = newIp();
  const answers: unknown[] = [];
  let challenge = 'junk';
  for (const step of steps) {
    const { token, answer } = await answerOf(step, email, ip, challenge);
    challenge = token;
    answers.push(answer);
  }
  return answers;
}

describe('ACCOUNT-19 a free and a taken e-mail', () => {
  it.each(names)(
    'MUST get the same answers for every operation after %s',
    { timeout: 60_000 },
    async (first) => {
      for (const second of names) {
        const email = taken.pop() ?? '';
        const [ofTaken, ofFree] = await Promise.all([
          sequence(email, [first, second]),
          sequence(randomEmail(), [first, second]),
        ]);
        expect(ofFree, `${first}, ${second}`).toEqual(ofTaken);
      }
    },
  );

  it.each(['login', 'register', 'complete', 'reset', 'verification'])(
    'MUST get the same answers up to the limits and beyond, after a registration: %s',
    { timeout: 60_000 },
    async (again) => {
      const steps = [
        'register',
        ...Array.from({ length: 12 }, () => again),
        'reset',
        'verification',
        'register',
      ];
      const [ofTaken, ofFree] = await Promise.all([
        sequence(taken.pop() ?? '', steps),
        sequence(randomEmail(), steps),
      ]);
      expect(ofFree).toEqual(ofTaken);
      expect(JSON.stringify(ofFree)).toMatch(again === 'complete' ? /ChallengeRejected/ : /TooManyAttempts/);
    },
  );
});
