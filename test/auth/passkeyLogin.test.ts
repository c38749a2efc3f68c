// Sign-ins with a passkey, over real ports, with a software authenticator that can also lie.

import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { eventsOf, happeningsOf } from '../audit/events.js';
import { assertPasskey, type Lies } from '../support/authenticator.js';
import { createTestClock } from '../support/clock.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { laptop, register } from '../support/operations.js';
import {
  addPasskey,
  completePasskeyLogin,
  loginWithPasskey,
  origin,
  passkeySettings,
  startPasskeyLogin,
} from '../support/passkeys.js';
import { rowsOf } from '../support/rows.js';
import { startNode } from '../support/startNode.js';

const database = await readyDatabase();
const { url } = await startNode({ database, env: { ...passkeySettings, SESSION_LIMIT: '0' } });
const rejected = (reason: string) => ({ __typename: 'PasskeyRejected', reason });

/** Registers a user with a passkey. */
async function owner(lies: Lies = {}) {
  const person = await register(url);
  return { ...person, passkey: await addPasskey(url, person.token, { lies }) };
}

describe('a sign-in with a passkey', () => {
  it('PASSKEY-10 MUST open a session with the method PASSKEY, without an e-mail', async () => {
    const { user, passkey } = await owner();

    const signedIn = await loginWithPasskey(url, passkey, { backedUp: true }, { device: laptop });

    expect(signedIn).toMatchObject({ __typename: 'LoginSuccess', user, session: { methods: ['PASSKEY'] } });
    const { token = '' } = signedIn;
    const query = '{ me { passkeys { synced lastUsedAt } } }';
    const { data } = await gql<{ me: { passkeys: unknown[] } }>(url, { query, token });
    expect(data?.me.passkeys).toEqual([{ synced: true, lastUsedAt: expect.any(String) as unknown }]);
    expect((await eventsOf(url, token)).at(-1)).toMatchObject({
      kind: 'LOGIN',
      outcome: 'SUCCEEDED',
      device: laptop,
      sessionId: signedIn.session?.id,
    });
  });

  it('PASSKEY-11 MUST be refused for each forged field, and be recorded', async () => {
    const { passkey, token } = await owner();
    const lies: readonly Lies[] = [
      { origin: 'https://app.example.com.evil.example' },
      { rpId: 'evil.example' },
      { userVerified: false },
      { challenge: randomBytes(32).toString('base64url') },
      { userHandle: null },
      { userHandle: randomBytes(16).toString('base64url') },
    ];
    for (const lie of lies) expect(await loginWithPasskey(url, passkey, lie)).toEqual(rejected('INVALID'));

    const stranger = await owner();
    const forged = { ...passkey, key: stranger.passkey.key };
    expect(await loginWithPasskey(url, forged)).toEqual(rejected('INVALID'));
    await expect
      .poll(
        async () => (await happeningsOf(url, token)).filter((one) => one === 'LOGIN WRONG_PASSKEY').length,
      )
      .toBe(lies.length + 1);
  });

  it('PASSKEY-12 MUST use its challenge up, and return the same session on a retry', async () => {
    const { passkey, token } = await owner();
    const { challenge, options } = await startPasskeyLogin(url);
    const input = {
      challengeToken: challenge.token,
      response: assertPasskey(passkey, options, origin, { counter: 1 }),
    };

    const first = await completePasskeyLogin(url, input);
    const again = await completePasskeyLogin(url, input);
    expect(again.session?.id).toBe(first.session?.id);

    const end = `mutation { endSession(input: { id: "${first.session?.id ?? ''}" }) { __typename } }`;
    await gql(url, { query: end, token });
    expect(await completePasskeyLogin(url, input)).toEqual(rejected('EXPIRED'));
    // Another assertion for the challenge is refused too.
    const other = { ...input, response: assertPasskey(passkey, options, origin, { counter: 2 }) };
    expect(await completePasskeyLogin(url, other)).toEqual(rejected('EXPIRED'));
  });

  it('PASSKEY-13 MUST NOT be refused for a counter that stays 0', async () => {
    const { passkey } = await owner();
    for (let time = 0; time < 3; time += 1)
      expect((await loginWithPasskey(url, passkey)).__typename).toBe('LoginSuccess');
  });

  it('PASSKEY-14 MUST be refused as COPIED for a counter that does not increase after it once did', async () => {
    const { passkey, token } = await owner({ counter: 4 });
    const by = async (counter: number) => loginWithPasskey(url, passkey, { counter });
    // The counter has not increased yet, so the device may be one that never increases it.
    expect((await by(4)).__typename).toBe('LoginSuccess');
    expect((await by(9)).__typename).toBe('LoginSuccess');
    for (const counter of [9, 5, 0]) expect(await by(counter)).toEqual(rejected('COPIED'));
    expect((await by(10)).__typename).toBe('LoginSuccess');
    // The events are written after the responses, at most one a minute.
    const copied = async () =>
      (await happeningsOf(url, token)).filter((one) => one === 'LOGIN COPIED_PASSKEY');
    await expect.poll(async () => (await copied()).length).toBeGreaterThan(0);
    expect((await copied()).length).toBeLessThan(3);
  });

  it('PASSKEY-15 MUST NOT be refused for the counter of a synced passkey', async () => {
    const { passkey } = await owner({ backedUp: true });
    for (const counter of [7, 3, 0])
      expect((await loginWithPasskey(url, passkey, { backedUp: true, counter })).__typename).toBe(
        'LoginSuccess',
      );
  });

  it('PASSKEY-16 MUST be refused as UNKNOWN for an unknown passkey, and as AccountDisabled only for a right one', async () => {
    const { passkey, user } = await owner();
    const unknown = { ...passkey, id: randomBytes(32).toString('base64url') };
    expect(await loginWithPasskey(url, unknown)).toEqual(rejected('UNKNOWN'));

    await rowsOf(database, `update hufu.users set disabled_at = now() where id = '${user.id}'`);
    expect(await loginWithPasskey(url, passkey)).toEqual({ __typename: 'AccountDisabled' });
  });

  it('PASSKEY-17 MUST ask before a takeover with SESSION_OVERFLOW=ask, and continue with the same assertion', async () => {
    const asking = await startNode({
      database,
      env: { ...passkeySettings, SESSION_LIMIT: '1', SESSION_OVERFLOW: 'ask' },
    });
    const { passkey, session } = await owner();
    const { challenge, options } = await startPasskeyLogin(asking.url);
    const response = assertPasskey(passkey, options, origin, { counter: 1 });
    const input = { challengeToken: challenge.token, response };

    expect((await completePasskeyLogin(asking.url, input)).__typename).toBe('SessionLimitReached');
    expect(await completePasskeyLogin(asking.url, { ...input, takeover: true })).toMatchObject({
      __typename: 'LoginSuccess',
      superseded: [{ id: session.id }],
    });
  });

  it('PASSKEY-18 MUST be refused for an unverified e-mail with REQUIRE_VERIFIED_EMAIL', async () => {
    const { passkey } = await owner();
    const strict = await startNode({ database, env: { ...passkeySettings, REQUIRE_VERIFIED_EMAIL: 'true' } });
    expect(await loginWithPasskey(strict.url, passkey)).toEqual(rejected('EMAIL_NOT_VERIFIED'));
  });

  it('PASSKEY-19 MUST be refused 10 minutes after it began', async () => {
    const { passkey } = await owner();
    const { challenge, options } = await startPasskeyLogin(url);
    expect(Date.parse(challenge.expiresAt) - Date.now()).toBeGreaterThan(500_000);
    const clock = createTestClock(new Date());
    const later = await startNode({ database, env: passkeySettings, clock });
    clock.turn(600_000);
    const response = assertPasskey(passkey, options, origin);
    const input = { challengeToken: challenge.token, response };
    expect(await completePasskeyLogin(later.url, input)).toEqual(rejected('EXPIRED'));
  });
});

describe.runIf(databaseKind === 'postgres')('on two nodes', () => {
  it('PASSKEY-20 parallel sign-ins with one challenge MUST open exactly one session', async () => {
    const other = await startNode({ database, env: { ...passkeySettings, SESSION_LIMIT: '0' } });
    const { passkey, user } = await owner();
    const { challenge, options } = await startPasskeyLogin(url);
    const inputs = Array.from({ length: 8 }, (_, counter) => ({
      challengeToken: challenge.token,
      response: assertPasskey(passkey, options, origin, { counter: counter + 1 }),
    }));

    const results = await Promise.all(
      inputs.map((input, index) => completePasskeyLogin([url, other.url][index % 2] ?? url, input)),
    );

    const ids = new Set(results.flatMap(({ session }) => session?.id ?? []));
    expect(ids.size).toBe(1);
    const live = `select count(*)::int as live from hufu.sessions
      where user_id = '${user.id}' and ended_at is null and methods = '{PASSKEY}'`;
    expect(await rowsOf(database, live)).toEqual([{ live: 1 }]);
  });
});

describe('the limits of sign-ins with a passkey', () => {
  it('PASSKEY-21 MUST bound the sign-ins that one IP begins, and its wrong assertions', async () => {
    const { passkey } = await owner();
    const env = {
      ...passkeySettings,
      RATE_LIMITS: 'on',
      RATE_LIMIT_IP_CHALLENGES_PER_HOUR: '4',
      RATE_LIMIT_IP_GUESSES_PER_HOUR: '2',
    };
    const bounded = await startNode({ database, env });
    const begun = [await startPasskeyLogin(bounded.url), await startPasskeyLogin(bounded.url)];
    const by = async (lies: Lies) => {
      const [one] = begun;
      if (one === undefined) throw new Error('none begun');
      const response = assertPasskey(passkey, one.options, origin, lies);
      return completePasskeyLogin(bounded.url, { challengeToken: one.challenge.token, response });
    };
    // Right assertions do not count.
    for (let time = 0; time < 3; time += 1) expect((await by({})).__typename).toBe('LoginSuccess');
    for (let time = 0; time < 2; time += 1)
      expect(await by({ userVerified: false })).toEqual(rejected('INVALID'));
    expect((await by({})).__typename).toBe('TooManyAttempts');

    await startPasskeyLogin(bounded.url);
    await startPasskeyLogin(bounded.url);
    await expect(startPasskeyLogin(bounded.url)).rejects.toThrow('TooManyAttempts');
  });
});
