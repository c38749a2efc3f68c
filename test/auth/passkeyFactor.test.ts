// A passkey as the second factor of a sign-in, and the removal of a passkey.

import { describe, expect, it } from 'vitest';

import { happeningsOf } from '../audit/events.js';
import { registerVerified } from '../support/account.js';
import { assertPasskey, type Lies, type RequestOptions } from '../support/authenticator.js';
import { createTestClock } from '../support/clock.js';
import { enrol, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { login, password, register } from '../support/operations.js';
import { addPasskey, loginWithPasskey, origin, passkeySettings } from '../support/passkeys.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const clock = createTestClock(new Date());
const env = {
  ...passkeySettings,
  DATA_KEY: 'not-a-secret:for-tests-only-data',
  SMTP_URL: smtp.url,
  SESSION_LIMIT: '0',
};
const { url, database } = await startNode({ env, clock });

interface Required {
  readonly __typename: string;
  readonly challenge: { readonly token: string; readonly factors: readonly string[] };
  readonly passkeyOptions: RequestOptions | null;
}

/** Sends the password, the first step of a sign-in. */
async function firstStep(email: string): Promise<Required> {
  const { data, errors } = await gql<{ login: Required }>(url, {
    query: `mutation ($input: LoginInput!) { login(input: $input) { __typename
      ... on SecondFactorRequired { challenge { token factors } passkeyOptions } } }`,
    variables: { input: { email, password } },
  });
  if (data === null) throw new Error(`refused: ${JSON.stringify(errors)}`);
  return data.login;
}

interface Completed {
  readonly __typename: string;
  readonly reason?: string;
  readonly token?: string;
  readonly session?: { readonly id: string; readonly methods: readonly string[] };
}

async function complete(challengeToken: string, passkey: unknown): Promise<Completed> {
  const { data, errors } = await gql<{ completeLogin: Completed }>(url, {
    query: `mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { __typename
      ... on LoginSuccess { token session { id methods } } ... on PasskeyRejected { reason } } }`,
    variables: { input: { challengeToken, passkey } },
  });
  if (data === null) throw new Error(`refused: ${errors[0]?.extensions.code ?? ''}`);
  return data.completeLogin;
}

/** Registers a user with an authenticator app and a passkey. */
async function owner(lies: Lies = {}) {
  const { user, token } = await register(url);
  await enrol(url, token, clock);
  const passkey = await addPasskey(url, token, { lies });
  const answer = (required: Required, more: Lies = {}) => {
    if (required.passkeyOptions === null) throw new Error('no options');
    return assertPasskey(passkey, required.passkeyOptions, origin, { userHandle: null, ...more });
  };
  return { user, token, passkey, answer };
}

describe('a passkey as second factor', () => {
  it('PASSKEY-30 MUST complete a sign-in once, with the challenge that it answers', async () => {
    const { user, passkey, answer } = await owner();
    const required = await firstStep(user.email);
    expect(required.challenge.factors).toEqual(['TOTP', 'PASSKEY', 'RECOVERY_CODE']);
    expect(required.passkeyOptions?.allowCredentials).toMatchObject([{ id: passkey.id }]);
    const response = answer(required);

    const done = await complete(required.challenge.token, response);
    expect(done).toMatchObject({ __typename: 'LoginSuccess', session: { methods: ['PASSWORD', 'PASSKEY'] } });
    // A retry returns the same session. Another challenge rejects the response.
    expect((await complete(required.challenge.token, response)).session?.id).toBe(done.session?.id);
    const other = await firstStep(user.email);
    expect(await complete(other.challenge.token, response)).toMatchObject({ reason: 'INVALID' });
  });

  it('PASSKEY-31 MUST be refused when it is of another account, not user-verified, or a copy', async () => {
    const { user, token, answer } = await owner();
    const stranger = await owner();
    const required = await firstStep(user.email);
    const { token: challenge } = required.challenge;
    const foreign = assertPasskey(stranger.passkey, required.passkeyOptions ?? never(), origin);

    expect(await complete(challenge, foreign)).toMatchObject({ reason: 'UNKNOWN' });
    expect(await complete(challenge, answer(required, { userVerified: false }))).toMatchObject({
      reason: 'INVALID',
    });
    await expect(complete(challenge, { id: 'x' })).rejects.toThrow('BAD_USER_INPUT');
    expect((await complete(challenge, answer(required, { counter: 7 }))).__typename).toBe('LoginSuccess');
    const next = await firstStep(user.email);
    expect(await complete(next.challenge.token, answer(next, { counter: 6 }))).toMatchObject({
      reason: 'COPIED',
    });
    await expect
      .poll(async () => happeningsOf(url, token))
      .toEqual(expect.arrayContaining(['LOGIN WRONG_PASSKEY', 'LOGIN COPIED_PASSKEY']));
  });

  it('PASSKEY-32 MUST NOT by itself require a second factor after the password', async () => {
    const { user, token } = await register(url);
    const passkey = await addPasskey(url, token);
    expect((await firstStep(user.email)).__typename).toBe('LoginSuccess');
    await enrol(url, token, clock);
    // A sign-in with a passkey needs no other factor, since a passkey is two.
    expect((await loginWithPasskey(url, passkey)).__typename).toBe('LoginSuccess');
  });
});

function never(): never {
  throw new Error('no options');
}

describe('a removed passkey', () => {
  const remove = (token: string, id: string) => runFactor(url, 'removeFactor', { id }, token);

  it('PASSKEY-33 MUST NOT sign in any more, and its removal notifies the owner', async () => {
    const { user, token } = await registerVerified(url, smtp);
    const passkey = await addPasskey(url, token);
    const stranger = await register(url);

    expect((await remove(stranger.token, passkey.fields.id)).__typename).toBe('FactorNotFound');
    expect((await remove(token, passkey.fields.id)).__typename).toBe('RemoveFactorSuccess');

    expect(await loginWithPasskey(url, passkey)).toEqual({
      __typename: 'PasskeyRejected',
      reason: 'UNKNOWN',
    });
    expect(await happeningsOf(url, token)).toContain('REMOVE_PASSKEY SUCCEEDED');
    await smtp.next(user.email, /passkey .* was removed/);
    expect(await rowsOf(database, `select passkeys from hufu.users where id = '${user.id}'`)).toEqual([
      { passkeys: 0 },
    ]);
  });

  it('PASSKEY-34 MUST NOT have been the last way to sign in, also when two are removed at once', async () => {
    const { user, token } = await register(url);
    const both = [await addPasskey(url, token), await addPasskey(url, token, { name: 'Laptop' })];
    await rowsOf(database, `update hufu.users set password_hash = null where id = '${user.id}'`);

    const results = await Promise.all(both.map(({ fields }) => remove(token, fields.id)));

    expect(results.map((result) => result.__typename).toSorted()).toEqual([
      'LastWayIn',
      'RemoveFactorSuccess',
    ]);
    const signedIn = await Promise.all(both.map((passkey) => loginWithPasskey(url, passkey)));
    expect(signedIn.map((result) => result.__typename).toSorted()).toEqual([
      'LoginSuccess',
      'PasskeyRejected',
    ]);
  });

  it('PASSKEY-35 MUST be removed with a proof that is at most 10 minutes old', async () => {
    const { user, token } = await register(url);
    const { fields } = await addPasskey(url, token);
    clock.turn(600_000);
    await expect(remove(token, fields.id)).rejects.toThrow('STEP_UP_REQUIRED');
    const fresh = await login(url, user.email);
    expect((await remove(fresh.token, fields.id)).__typename).toBe('RemoveFactorSuccess');
  });
});
