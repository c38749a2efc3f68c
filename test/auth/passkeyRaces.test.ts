// Races between requests that use passkeys, on two nodes over one PostgreSQL server: a challenge and a counter work once, a
// removed passkey signs in no more, and no two acts remove the last way to sign in.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { disableAccount } from '../../src/auth/admin.js';
import { run } from '../support/account.js';
import { assertPasskey, createPasskey } from '../support/authenticator.js';
import { databaseKind } from '../support/database.js';
import { runFactor } from '../support/factors.js';
import { register } from '../support/operations.js';
import {
  addPasskey,
  completePasskeyLogin,
  completeRegistration,
  confirm,
  loginWithPasskey,
  origin,
  type PasskeyLoginResult,
  passkeySettings,
  startConfirmation,
  startPasskeyLogin,
  startRegistration,
} from '../support/passkeys.js';
import { providerEnv, redirectUri, runProvider } from '../support/providers.js';
import { rowsOf } from '../support/rows.js';
import { startTwoNodes, countByName, inParallel } from '../support/twoNodes.js';

describe.runIf(databaseKind === 'postgres')('races of passkeys', async () => {
  if (databaseKind !== 'postgres') return;
  const env = {
    ...passkeySettings,
    ...providerEnv('acme', 'http://127.0.0.1:9'),
    PROVIDERS: 'acme',
    PROVIDER_REDIRECT_URIS: redirectUri,
    SESSION_LIMIT: '0',
  };
  const nodes = await startTwoNodes({ env });
  const { database, urlOf, countOf, actsOf, liveOf, reasonOf } = nodes;
  const url = urlOf(0);
  const rounds = 4;
  const many = 8;

  async function owner() {
    const { token, user } = await register(url);
    return { ...user, token, passkey: await addPasskey(url, token) };
  }
  const namesOf = (results: readonly { readonly __typename: string; readonly reason?: string }[]) =>
    countByName(results.map(({ __typename, reason }) => reason ?? __typename));
  /** Checks the passkeys of a user, and their number in the user's row. */
  async function expectCounted(userId: string, passkeys: number): Promise<void> {
    expect(await countOf(`passkeys where user_id = '${userId}'`)).toBe(passkeys);
    expect(await countOf(`users where id = '${userId}' and passkeys = ${String(passkeys)}`)).toBe(1);
  }

  it('PASSKEY-40 parallel completions of one passkey registration MUST add one passkey', async () => {
    const { token, user } = await register(url);
    const { challenge, options } = await startRegistration(url, token);
    // Each with a key of its own.
    const results = await inParallel(many, async (index) => {
      const { creation: response } = createPasskey(options, origin);
      const { data } = await completeRegistration(urlOf(index), token, {
        challengeToken: challenge.token,
        response,
      });
      return data?.completePasskeyRegistration ?? { __typename: '' };
    });
    expect(namesOf(results)).toEqual({ PasskeyAdded: 1, EXPIRED: many - 1 });
    expect(await actsOf(user.id, 'ADD_PASSKEY')).toBe(1);
    await expectCounted(user.id, 1);
  });

  it('PASSKEY-41 a credential that two accounts add at once MUST belong to one of them', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const people = [await register(urlOf(0)), await register(urlOf(1))];
      const begun = await Promise.all(
        people.map(({ token }, index) => startRegistration(urlOf(index), token)),
      );
      const [first, second] = begun;
      if (first === undefined || second === undefined) throw new Error('not begun');
      const { passkey, creation } = createPasskey(first.options, origin);
      const copy = createPasskey(second.options, origin, {}, passkey).creation;
      const results = await inParallel(2, async (index) => {
        const challengeToken = begun[index]?.challenge.token ?? '';
        const input = { challengeToken, response: index === 0 ? creation : copy };
        const { data } = await completeRegistration(urlOf(index), people[index]?.token ?? '', input);
        return data?.completePasskeyRegistration ?? { __typename: '' };
      });
      expect(namesOf(results)).toEqual({ PasskeyAdded: 1, INVALID: 1 });
      for (const [index, { user }] of people.entries())
        await expectCounted(user.id, results[index]?.__typename === 'PasskeyAdded' ? 1 : 0);
    }
  });

  it('PASSKEY-42 one value of the counter MUST open one session, over all challenges', async () => {
    const { id, passkey } = await owner();
    expect((await loginWithPasskey(url, passkey, { counter: 1 })).__typename).toBe('LoginSuccess');
    const before = await liveOf(id);
    const begun = await inParallel(many, (index) => startPasskeyLogin(urlOf(index)));
    const results = await Promise.all(
      begun.map(({ challenge, options }, index) => {
        const response = assertPasskey(passkey, options, origin, { counter: 2 });
        return completePasskeyLogin(urlOf(index), { challengeToken: challenge.token, response });
      }),
    );
    expect(namesOf(results)).toEqual({ LoginSuccess: 1, COPIED: many - 1 });
    expect(await liveOf(id)).toBe(before + 1);
    expect(await countOf(`passkeys where user_id = '${id}' and counter = 2`)).toBe(1);
  });

  it('PASSKEY-43 parallel sign-ins MUST store the highest counter, and one that waits behind a higher counter is refused as COPIED', async () => {
    const { id, passkey } = await owner();
    await loginWithPasskey(url, passkey, { counter: 1 });
    const begun = await inParallel(many, (index) => startPasskeyLogin(urlOf(index)));
    const results = await Promise.all(
      begun.map(({ challenge, options }, index) => {
        const response = assertPasskey(passkey, options, origin, { counter: index + 2 });
        return completePasskeyLogin(urlOf(index), { challengeToken: challenge.token, response });
      }),
    );
    const passed = results.flatMap(({ __typename }, index) =>
      __typename === 'LoginSuccess' ? [index + 2] : [],
    );
    expect(passed.at(-1)).toBe(many + 1);
    expect(await countOf(`passkeys where user_id = '${id}' and counter = ${String(many + 1)}`)).toBe(1);
    expect(await countOf(`sessions where user_id = '${id}' and methods = '{PASSKEY}'`)).toBe(
      passed.length + 1,
    );

    const late = await inParallel(2, (index) => startPasskeyLogin(urlOf(index)));
    const complete = (index: number, counter: number) => {
      const begunAt = late[index];
      if (begunAt === undefined) throw new Error('not begun');
      const { challenge, options } = begunAt;
      const response = assertPasskey(passkey, options, origin, { counter });
      return completePasskeyLogin(urlOf(index), { challengeToken: challenge.token, response });
    };
    const [first, second] = await nodes.inOrder(
      id,
      () => complete(0, 40),
      () => complete(1, 30),
    );
    expect([first.__typename, second.reason]).toEqual(['LoginSuccess', 'COPIED']);
    expect(await countOf(`passkeys where user_id = '${id}' and counter = 40`)).toBe(1);
  });

  it('PASSKEY-44 a passkey that is removed during a sign-in MUST sign in before the removal, or never', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, token, passkey } = await owner();
      const { challenge, options } = await startPasskeyLogin(urlOf(round));
      const response = assertPasskey(passkey, options, origin);
      const input = { challengeToken: challenge.token, response };
      const [used, removed] = await Promise.all([
        completePasskeyLogin(urlOf(round), input),
        runFactor(urlOf(round + 1), 'removeFactor', { id: passkey.fields.id }, token),
      ]);
      expect(removed.__typename).toBe('RemoveFactorSuccess');
      expect(['LoginSuccess', 'UNKNOWN']).toContain(used.reason ?? used.__typename);
      await expectCounted(id, 0);
      expect((await loginWithPasskey(url, passkey)).reason).toBe('UNKNOWN');
      expect(await actsOf(id, 'LOGIN')).toBe(used.__typename === 'LoginSuccess' ? 1 : 0);
    }
  });

  it('PASSKEY-45 parallel removals of the last passkey and the last identity MUST leave one of them', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, token, passkey } = await owner();
      const identity = randomUUID();
      await rowsOf(
        database,
        `with linked as (insert into hufu.identities (id, user_id, provider, issuer, subject, created_at)
           values ('${identity}', '${id}', 'acme', 'http://127.0.0.1:9', '${identity}', now()))
         update hufu.users set password_hash = null, identities = 1 where id = '${id}'`,
      );
      const results = await Promise.all([
        runFactor(urlOf(round), 'removeFactor', { id: passkey.fields.id }, token),
        runProvider(urlOf(round + 1), 'unlinkIdentity', { id: identity }, token),
      ]);
      const names = results.map(({ __typename }) => __typename);
      expect([
        ['RemoveFactorSuccess', 'LastWayIn'],
        ['LastWayIn', 'IdentityUnlinked'],
      ]).toContainEqual(names);
      await expectCounted(id, names[0] === 'LastWayIn' ? 1 : 0);
      expect(await countOf(`identities where user_id = '${id}'`)).toBe(names[1] === 'LastWayIn' ? 1 : 0);
    }
  });

  it('PASSKEY-46 parallel confirmations with one passkey challenge MUST succeed once, and the challenge signs no client in', async () => {
    const { id, token, passkey } = await owner();
    const { challenge, options } = await startConfirmation(url, token);
    const response = assertPasskey(passkey, options, origin);
    const proof = { challengeToken: challenge.token, response };
    const results = await inParallel(many, async (index): Promise<PasskeyLoginResult> => {
      // A login with the challenge of a confirmation is refused.
      if (index % 3 === 2) return completePasskeyLogin(urlOf(index), proof);
      return confirm(urlOf(index), token, { passkey: proof }).catch((error: unknown) => ({
        __typename: /SUPERSEDED/.exec(String(error))?.[0] ?? String(error),
      }));
    });
    const { ConfirmIdentitySuccess: confirmed, ...refused } = namesOf(results);
    expect(confirmed).toBe(1);
    expect(Object.keys(refused).filter((name) => !['EXPIRED', 'SUPERSEDED'].includes(name))).toEqual([]);
    expect(refused['EXPIRED']).toBeGreaterThanOrEqual(Math.floor(many / 3));
    expect([await liveOf(id), await actsOf(id, 'CONFIRM_IDENTITY')]).toEqual([1, 1]);
  });

  it('PASSKEY-47 a sign-in with a passkey that races with a deletion or disabling MUST NOT leave a live session', async () => {
    const operator = await nodes.operator();
    const acts = [
      (token: string) => run(urlOf(1), 'deleteAccount', null, token),
      (_token: string, email: string) => disableAccount(operator, email),
    ];
    for (const act of acts) {
      for (let round = 0; round < rounds; round += 1) {
        const { id, email, token, passkey } = await owner();
        const { challenge, options } = await startPasskeyLogin(url);
        const response = assertPasskey(passkey, options, origin);
        const [used] = await Promise.all([
          completePasskeyLogin(urlOf(round), { challengeToken: challenge.token, response }),
          act(token, email),
        ]);
        expect(['LoginSuccess', 'UNKNOWN', 'AccountDisabled']).toContain(used.reason ?? used.__typename);
        if (used.token !== undefined) expect(await reasonOf(used.token)).not.toBe('live');
        expect(await countOf(`sessions where user_id = '${id}' and ended_at is null`)).toBe(0);
      }
    }
  });
});
