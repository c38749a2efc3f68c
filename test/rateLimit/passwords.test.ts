// The limits of password attempts, over HTTP.

import { beforeEach, expect, test } from 'vitest';

import { gql } from '../support/gql.js';
import { meOperation, randomEmail, password, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';
import { aliased, attempt, attempts, countOf, limitsOn, rightPassword, wrongPassword } from './attempts.js';

let skippedMs = 0;
const clock = { now: () => new Date(Date.now() + skippedMs) };
const node = await startNode({
  clock,
  env: { ...limitsOn, RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: '1000' },
});
const { url } = node;

/** Each test has IPs of its own. */
let lastTest = 0;
let ip = '';
beforeEach(() => {
  lastTest += 1;
  ip = `198.51.100.${String(lastTest)}`;
});

/** Moves the node's clock forward. */
function skip(milliseconds: number): void {
  skippedMs += milliseconds;
}

async function newAccount(): Promise<string> {
  return (await register(url)).user.email;
}

test('GUESS-01 after ten wrong passwords in a minute even the right password MUST be refused until the minute is over', async () => {
  const email = await newAccount();
  const from = () => ({ from: ip });
  expect(await attempts(10, url, email, from)).toEqual(Array(10).fill('InvalidCredentials'));

  const refused = await attempt(url, email, { from: ip });
  expect(refused.__typename).toBe('TooManyAttempts');
  const waitMs = Date.parse(refused.retryAt ?? '') - Date.now();
  expect(waitMs).toBeGreaterThan(0);
  expect(waitMs).toBeLessThanOrEqual(60_000);
  const header = Number(refused.answer.headers.get('retry-after'));
  expect(Math.abs(header - waitMs / 1_000)).toBeLessThan(2);
  expect((await attempt(url, email, { ...rightPassword, from: ip })).__typename).toBe('TooManyAttempts');

  // Refused attempts do not extend the minute.
  skip(60_001);
  expect((await attempt(url, email, { ...rightPassword, from: ip })).__typename).toBe('LoginSuccess');
});

test('GUESS-02 the server MUST check only ten of 60 parallel wrong passwords', async () => {
  const email = await newAccount();
  const all = await Promise.all(Array.from({ length: 60 }, () => attempt(url, email, { from: ip })));
  const kinds = all.map(({ __typename }) => __typename);
  expect(countOf('InvalidCredentials', kinds)).toBe(10);
  expect(countOf('TooManyAttempts', kinds)).toBe(50);
});

test('GUESS-03 a document with many aliased logins MUST be refused before any password is checked', async () => {
  const email = await newAccount();
  for (let n = 0; n < 12; n += 1) {
    const { data, errors } = await aliased(url, 50, email);
    expect(data).toBeNull();
    expect(errors[0]?.message).toContain('login takes a credential');
  }
  expect((await attempt(url, email, rightPassword)).__typename).toBe('LoginSuccess');
});

test('GUESS-04 an e-mail without an account MUST be limited just as one with an account', async () => {
  const kinds = await attempts(12, url, randomEmail(), () => ({ from: ip }));
  expect(kinds).toEqual([
    ...Array<string>(10).fill('InvalidCredentials'),
    'TooManyAttempts',
    'TooManyAttempts',
  ]);
});

test('GUESS-05 all spellings of an e-mail MUST share one limit', async () => {
  const email = await newAccount();
  const spellings = [email, email.toUpperCase(), `  ${email} `, email.replace('example', 'ＥＸＡＭＰＬＥ')];
  const kinds = await attempts(
    12,
    url,
    (n) => spellings[n % 4] ?? '',
    () => ({ from: ip }),
  );
  expect(countOf('InvalidCredentials', kinds)).toBe(10);
});

test('GUESS-06 all IPs of an IPv6 /64 MUST share one limit, and another /64 has its own', async () => {
  const email = await newAccount();
  const prefix = `2001:db8:${String(lastTest)}`;
  const kinds = await attempts(12, url, email, (n) => ({
    from: `${prefix}:1:${n.toString(16)}::${n.toString(16)}`,
  }));
  expect(countOf('InvalidCredentials', kinds)).toBe(10);
  expect((await attempt(url, email, { from: `${prefix}:2::1` })).__typename).toBe('InvalidCredentials');
});

test('GUESS-07 60 parallel logins with the right password MUST succeed, and further ones of that hour are refused', async () => {
  const email = await newAccount();
  const at = { ...rightPassword, from: ip };
  const all = await Promise.all(Array.from({ length: 60 }, () => attempt(url, email, at)));
  expect(
    countOf(
      'LoginSuccess',
      all.map(({ __typename }) => __typename),
    ),
  ).toBe(60);
  // A client that knows a password must not keep the hasher from all other clients.
  await expect.poll(async () => (await attempt(url, email, at)).__typename).toBe('TooManyAttempts');
  expect((await attempt(url, email, { ...rightPassword, from: '203.0.113.78' })).__typename).toBe(
    'TooManyAttempts',
  );
});

test('GUESS-08 only the wrong passwords of mixed attempts MUST count towards the limit', async () => {
  const email = await newAccount();
  const kinds = await attempts(30, url, email, (n) => ({
    from: ip,
    with: n % 2 === 0 ? wrongPassword : password,
  }));
  expect(countOf('InvalidCredentials', kinds)).toBe(10);
  expect(countOf('LoginSuccess', kinds)).toBe(9);
});

test('GUESS-09 wrong passwords of a signed-in user MUST count together with those at login, and end no session', async () => {
  const { token, user } = await register(url);
  const ask = async (operation: string, input: string) => {
    const answer = await gql<Record<string, { __typename: string }>>(url, {
      query: `mutation { ${operation}(input: {${input}}) { __typename } }`,
      token,
      headers: { 'x-forwarded-for': ip },
    });
    return answer.data?.[operation]?.__typename ?? answer.errors[0]?.extensions.code;
  };
  const change = (current: string) =>
    ask('changePassword', `currentPassword: "${current}", newPassword: "a quite different one"`);
  expect(await attempts(8, url, user.email, () => ({ from: ip }))).toEqual(
    Array(8).fill('InvalidCredentials'),
  );
  expect(await change(wrongPassword)).toBe('InvalidCredentials');
  expect(await ask('confirmIdentity', `password: "${wrongPassword}"`)).toBe('InvalidCredentials');
  expect(await ask('confirmIdentity', `password: "${password}"`)).toBe('TooManyAttempts');
  expect(await change(password)).toBe('TooManyAttempts');
  expect((await attempt(url, user.email, { ...rightPassword, from: ip })).__typename).toBe('TooManyAttempts');
  expect((await gql(url, { query: meOperation, token })).errors).toEqual([]);
});

test('GUESS-10 one IP MUST NOT try more than 100 wrong passwords an hour over all accounts', async () => {
  const kinds = await attempts(
    110,
    url,
    (n) => `${String(n)}.${randomEmail()}`,
    () => ({ from: ip, with: 'short' }),
  );
  expect(countOf('InvalidCredentials', kinds)).toBe(100);
  const refused = await attempt(url, randomEmail(), { from: ip });
  expect(Date.parse(refused.retryAt ?? '') - Date.now()).toBeGreaterThan(3_000_000);
  // Other IPs are not limited.
  expect((await attempt(url, randomEmail(), { from: '203.0.113.77' })).__typename).toBe('InvalidCredentials');
});

test('GUESS-11 an account that is attacked from many networks MUST refuse unknown networks, and accept its owner from a known one', async () => {
  const email = await newAccount();
  const home = `2001:db8:aaaa:${String(lastTest)}`;
  const { token } = await attempt(url, email, { ...rightPassword, from: `${home}::1` });
  const kinds = await attempts(110, url, email, (n) => ({
    from: `10.0.${String(lastTest)}.${String(n)}`,
    with: 'short',
  }));
  expect(countOf('InvalidCredentials', kinds)).toBe(100);

  expect((await attempt(url, email, { ...rightPassword, from: ip })).__typename).toBe('TooManyAttempts');
  // Another IP of the known network.
  const again = await attempt(url, email, { ...rightPassword, from: `${home}::2` });
  expect(again.__typename).toBe('LoginSuccess');
  // A wrong password gets a stranger's answer. Another would reveal that the owner signs in from this network.
  expect((await attempt(url, email, { from: `${home}::3` })).__typename).toBe('TooManyAttempts');
  // The attack has ended no session: only the owner's newer login has.
  const { errors } = await gql(url, { query: meOperation, token: token ?? '' });
  expect(errors[0]?.extensions.reason).toBe('SUPERSEDED');
  expect((await gql(url, { query: meOperation, token: again.token ?? '' })).errors).toEqual([]);
});

test('GUESS-12 headers that claim an IP MUST NOT change the limit on a node that trusts no proxy', async () => {
  const direct = await startNode({ env: { RATE_LIMITS: 'on' } });
  const { email } = (await register(direct.url)).user;
  const spoofed = Array.from({ length: 60 }, (_, n) =>
    gql<{ login: { __typename: string } }>(direct.url, {
      query: 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
      variables: { input: { email, password: wrongPassword } },
      headers: {
        'x-forwarded-for': `10.9.8.${String(n)}`,
        'x-real-ip': `10.9.7.${String(n)}`,
        forwarded: `for=10.9.6.${String(n)}`,
        'x-client-ip': `10.9.5.${String(n)}`,
        'cf-connecting-ip': `10.9.4.${String(n)}`,
        'x-request-id': `guess-${String(n)}`,
        'user-agent': `guesser/${String(n)}`,
      },
    }),
  );
  const kinds = (await Promise.all(spoofed)).map(({ data }) => data?.login.__typename ?? '');
  expect(countOf('InvalidCredentials', kinds)).toBe(10);
  expect(countOf('TooManyAttempts', kinds)).toBe(50);
});

test('GUESS-13 an e-mail without an account that is attacked from many networks MUST be limited just as one with an account', async () => {
  const unknown = randomEmail();
  const kinds = await attempts(101, url, unknown, (n) => ({
    from: `10.1.${String(lastTest)}.${String(n)}`,
    with: 'short',
  }));
  expect(countOf('InvalidCredentials', kinds)).toBe(100);
  expect((await attempt(url, unknown, { ...rightPassword, from: ip })).__typename).toBe('TooManyAttempts');
});
