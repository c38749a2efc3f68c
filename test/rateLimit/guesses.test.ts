// Guessing at passwords, as it is bounded over HTTP.

import { beforeEach, expect, test } from 'vitest';

import { gql } from '../support/gql.js';
import { meOperation, randomEmail, password, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';
import { aliased, attempt, attempts, countOf, limitsOn, right, wrongPassword } from './attempts.js';

let turnedMs = 0;
const clock = { now: () => new Date(Date.now() + turnedMs) };
const node = await startNode({
  clock,
  env: { ...limitsOn, RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: '1000' },
});
const { url } = node;

/** Each test comes from addresses of its own. */
let lastAddress = 0;
let here = '';
beforeEach(() => {
  lastAddress += 1;
  here = `198.51.100.${String(lastAddress)}`;
});

/** Moves the node's clock on. */
function turn(milliseconds: number): void {
  turnedMs += milliseconds;
}

async function newAccount(): Promise<string> {
  return (await register(url)).user.email;
}

test('GUESS-01 the eleventh guess a minute MUST be refused, the right password too, until the minute is over', async () => {
  const email = await newAccount();
  const from = () => ({ from: here });
  expect(await attempts(10, url, email, from)).toEqual(Array(10).fill('InvalidCredentials'));

  const refused = await attempt(url, email, { from: here });
  expect(refused.__typename).toBe('TooManyAttempts');
  const waitMs = Date.parse(refused.retryAt ?? '') - Date.now();
  expect(waitMs).toBeGreaterThan(0);
  expect(waitMs).toBeLessThanOrEqual(60_000);
  const header = Number(refused.answer.headers.get('retry-after'));
  expect(Math.abs(header - waitMs / 1_000)).toBeLessThan(2);
  expect((await attempt(url, email, { ...right, from: here })).__typename).toBe('TooManyAttempts');

  // Refused attempts do not make it longer.
  turn(60_001);
  expect((await attempt(url, email, { ...right, from: here })).__typename).toBe('LoginSuccess');
});

test('GUESS-02 of 60 guesses at once, ten MUST be looked at', async () => {
  const email = await newAccount();
  const all = await Promise.all(Array.from({ length: 60 }, () => attempt(url, email, { from: here })));
  const kinds = all.map(({ __typename }) => __typename);
  expect(countOf('InvalidCredentials', kinds)).toBe(10);
  expect(countOf('TooManyAttempts', kinds)).toBe(50);
});

test('GUESS-03 many sign-ins in one document MUST be refused, and none of them be looked at', async () => {
  const email = await newAccount();
  for (let n = 0; n < 12; n += 1) {
    const { data, errors } = await aliased(url, 50, email);
    expect(data).toBeNull();
    expect(errors[0]?.message).toContain('login takes a credential');
  }
  expect((await attempt(url, email, right)).__typename).toBe('LoginSuccess');
});

test('GUESS-04 an address without an account MUST be treated alike', async () => {
  const kinds = await attempts(12, url, randomEmail(), () => ({ from: here }));
  expect(kinds).toEqual([
    ...Array<string>(10).fill('InvalidCredentials'),
    'TooManyAttempts',
    'TooManyAttempts',
  ]);
});

test('GUESS-05 the spelling of the address MUST make no difference', async () => {
  const email = await newAccount();
  const spellings = [email, email.toUpperCase(), `  ${email} `, email.replace('example', 'ＥＸＡＭＰＬＥ')];
  const kinds = await attempts(
    12,
    url,
    (n) => spellings[n % 4] ?? '',
    () => ({ from: here }),
  );
  expect(countOf('InvalidCredentials', kinds)).toBe(10);
});

test('GUESS-06 an IPv6 network of 64 bits MUST count as one, two of them as two', async () => {
  const email = await newAccount();
  const prefix = `2001:db8:${String(lastAddress)}`;
  const kinds = await attempts(12, url, email, (n) => ({
    from: `${prefix}:1:${n.toString(16)}::${n.toString(16)}`,
  }));
  expect(countOf('InvalidCredentials', kinds)).toBe(10);
  expect((await attempt(url, email, { from: `${prefix}:2::1` })).__typename).toBe('InvalidCredentials');
});

test('GUESS-07 sixty sign-ins an hour with the right password MUST pass, however many at once, and no more', async () => {
  const email = await newAccount();
  const at = { ...right, from: here };
  const all = await Promise.all(Array.from({ length: 60 }, () => attempt(url, email, at)));
  expect(
    countOf(
      'LoginSuccess',
      all.map(({ __typename }) => __typename),
    ),
  ).toBe(60);
  // A client that knows a password must not keep the hasher from all others with it.
  await expect.poll(async () => (await attempt(url, email, at)).__typename).toBe('TooManyAttempts');
  expect((await attempt(url, email, { ...right, from: '203.0.113.78' })).__typename).toBe('TooManyAttempts');
});

test('GUESS-08 wrong guesses between right ones count, right ones do not', async () => {
  const email = await newAccount();
  const kinds = await attempts(30, url, email, (n) => ({
    from: here,
    with: n % 2 === 0 ? wrongPassword : password,
  }));
  expect(countOf('InvalidCredentials', kinds)).toBe(10);
  expect(countOf('LoginSuccess', kinds)).toBe(9);
});

test('GUESS-09 guesses at a password that is asked for again MUST count with those at signing in', async () => {
  const { token, user } = await register(url);
  const ask = async (operation: string, input: string) => {
    const answer = await gql<Record<string, { __typename: string }>>(url, {
      query: `mutation { ${operation}(input: {${input}}) { __typename } }`,
      token,
      headers: { 'x-forwarded-for': here },
    });
    return answer.data?.[operation]?.__typename ?? answer.errors[0]?.extensions.code;
  };
  const change = (current: string) =>
    ask('changePassword', `currentPassword: "${current}", newPassword: "a quite different one"`);
  expect(await attempts(8, url, user.email, () => ({ from: here }))).toEqual(
    Array(8).fill('InvalidCredentials'),
  );
  expect(await change(wrongPassword)).toBe('InvalidCredentials');
  expect(await ask('confirmIdentity', `password: "${wrongPassword}"`)).toBe('InvalidCredentials');
  expect(await ask('confirmIdentity', `password: "${password}"`)).toBe('TooManyAttempts');
  expect(await change(password)).toBe('TooManyAttempts');
  expect((await attempt(url, user.email, { ...right, from: here })).__typename).toBe('TooManyAttempts');
  // It never ends a session.
  expect((await gql(url, { query: meOperation, token })).errors).toEqual([]);
});

test('GUESS-10 an address MUST NOT get more than 100 wrong guesses an hour over all accounts', async () => {
  const kinds = await attempts(
    110,
    url,
    (n) => `${String(n)}.${randomEmail()}`,
    () => ({ from: here, with: 'short' }),
  );
  expect(countOf('InvalidCredentials', kinds)).toBe(100);
  const refused = await attempt(url, randomEmail(), { from: here });
  expect(Date.parse(refused.retryAt ?? '') - Date.now()).toBeGreaterThan(3_000_000);
  // Others are not concerned.
  expect((await attempt(url, randomEmail(), { from: '203.0.113.77' })).__typename).toBe('InvalidCredentials');
});

test('GUESS-11 an account guessed at from everywhere MUST refuse strangers, and let in who signed in before', async () => {
  const email = await newAccount();
  const home = `2001:db8:aaaa:${String(lastAddress)}`;
  const { token } = await attempt(url, email, { ...right, from: `${home}::1` });
  const kinds = await attempts(110, url, email, (n) => ({
    from: `10.0.${String(lastAddress)}.${String(n)}`,
    with: 'short',
  }));
  expect(countOf('InvalidCredentials', kinds)).toBe(100);

  expect((await attempt(url, email, { ...right, from: here })).__typename).toBe('TooManyAttempts');
  // The session that it came from is over, and the address within the network another.
  const again = await attempt(url, email, { ...right, from: `${home}::2` });
  expect(again.__typename).toBe('LoginSuccess');
  // A wrong one is answered like a stranger's: else it would tell that the account is used from there.
  expect((await attempt(url, email, { from: `${home}::3` })).__typename).toBe('TooManyAttempts');
  // Of the session that the owner holds nothing has ended but by the newer login.
  const { errors } = await gql(url, { query: meOperation, token: token ?? '' });
  expect(errors[0]?.extensions.reason).toBe('SUPERSEDED');
  expect((await gql(url, { query: meOperation, token: again.token ?? '' })).errors).toEqual([]);
});

test('GUESS-12 what a client says of its address MUST make no difference where no proxy is believed', async () => {
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

test('GUESS-13 an account that is not there MUST be treated alike when it is guessed at from everywhere', async () => {
  const unknown = randomEmail();
  const kinds = await attempts(101, url, unknown, (n) => ({
    from: `10.1.${String(lastAddress)}.${String(n)}`,
    with: 'short',
  }));
  expect(countOf('InvalidCredentials', kinds)).toBe(100);
  expect((await attempt(url, unknown, { ...right, from: here })).__typename).toBe('TooManyAttempts');
});
