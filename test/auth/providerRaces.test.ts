// Races between sign-ins at a real authorization server, on two nodes over one PostgreSQL server: a callback works once, and an
// identity and an e-mail each belong to one account.

import { randomUUID } from 'node:crypto';

import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';

import { run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { databaseKind } from '../support/database.js';
import { runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { loginOperation, password, registerOperation } from '../support/operations.js';
import { clientSecret, startOidcProvider } from '../support/oidcProvider.js';
import {
  askProvider,
  identitiesOf,
  providerEnv,
  redirectUri,
  registerWithVerifiedEmail,
  returnedBy,
  runProvider,
  startAt,
} from '../support/providers.js';
import { rowsOf } from '../support/rows.js';
import { startTwoNodes, countByName, inParallel } from '../support/twoNodes.js';

describe.runIf(databaseKind === 'postgres')('races of sign-ins at providers', async () => {
  if (databaseKind !== 'postgres') return;
  const clock = createTestClock();
  const options = { clientId: 'hufu', redirectUris: [redirectUri] };
  const providers = { acme: await startOidcProvider(options), other: await startOidcProvider(options) };
  const nodes = await startTwoNodes({
    clock,
    env: {
      PROVIDERS: 'acme,other',
      PROVIDERS_VERIFYING_EMAIL: 'acme,other',
      PROVIDER_REDIRECT_URIS: redirectUri,
      SESSION_LIMIT: '0',
      ...providerEnv('acme', providers.acme.issuer, { clientSecret }),
      ...providerEnv('other', providers.other.issuer, { clientSecret }),
    },
  });
  const { database, urlOf, countOf, actsOf, liveOf, reasonOf } = nodes;
  const rounds = 4;
  const many = 8;

  /** Signs in at a provider, and returns the input of its callback. */
  async function visit(index: number, person: string, link?: string, provider: 'acme' | 'other' = 'acme') {
    const begun = await startAt(urlOf(index), provider, link === undefined ? {} : { link });
    const back = await providers[provider].signIn(begun.url, person);
    return { challengeToken: begun.challengeToken, ...returnedBy(back) };
  }
  const signIn = (index: number, input: object) =>
    runProvider(urlOf(index), 'completeProviderLogin', { ...input });
  const link = (index: number, input: object, token: string) =>
    runProvider(urlOf(index), 'completeIdentityLink', { ...input }, token);
  const namesOf = (results: readonly { readonly __typename: string }[]) =>
    countByName(results.map(({ __typename }) => __typename));
  const emailOf = (person: string) => `${person}@example.com`;

  async function expectCounted(userId: string, identities: number): Promise<void> {
    expect(await countOf(`identities where user_id = '${userId}'`)).toBe(identities);
    expect(await countOf(`users where id = '${userId}' and identities = ${String(identities)}`)).toBe(1);
  }

  it.each([
    ['without an idempotency key', null],
    ['with one idempotency key', 'key'],
  ])(
    'PROVIDER-01 parallel callbacks with one code on both nodes MUST open one session, %s',
    async (_how, key) => {
      for (let round = 0; round < 2; round += 1) {
        const person = randomUUID();
        const idempotencyKey = key === null ? null : randomUUID();
        const input = { ...(await visit(round, person)), idempotencyKey };
        const results = await inParallel(many, (index) => signIn(index, input));
        const {
          RegisterSuccess: made,
          LoginSuccess: again = 0,
          ChallengeRejected: refused = 0,
        } = namesOf(results);
        expect(made).toBe(1);
        expect(again + refused).toBe(many - 1);
        if (key === null) expect(again).toBe(0);
        expect(new Set(results.flatMap(({ session }) => session?.id ?? [])).size).toBe(1);
        const id = results.flatMap(({ user }) => user?.id ?? [])[0] ?? '';
        expect([await liveOf(id), await actsOf(id, 'REGISTER'), await actsOf(id, 'LOGIN')]).toEqual([
          1, 1, 1,
        ]);
        await expectCounted(id, 1);
        const late = await signIn(round, input);
        expect(late.__typename).toBe(key === null ? 'ChallengeRejected' : 'LoginSuccess');
        expect(await liveOf(id)).toBe(1);
      }
    },
  );

  it('PROVIDER-02 parallel callbacks of one new user MUST make one account', async () => {
    const person = randomUUID();
    const inputs = await inParallel(many, (index) => visit(index, person));
    const results = await Promise.all(inputs.map((input, index) => signIn(index, input)));
    expect(namesOf(results)).toEqual({ RegisterSuccess: 1, LoginSuccess: many - 1 });
    expect(new Set(results.map(({ user }) => user?.id)).size).toBe(1);
    const id = results[0]?.user?.id ?? '';
    expect([await liveOf(id), await actsOf(id, 'REGISTER')]).toEqual([many, 1]);
    expect(await countOf(`users where email_key = '${emailOf(person)}'`)).toBe(1);
    await expectCounted(id, 1);
  });

  it('PROVIDER-03 parallel sign-ins with one e-mail at two providers MUST make one account', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const person = randomUUID();
      const inputs = [await visit(0, person, undefined, 'acme'), await visit(1, person, undefined, 'other')];
      const results = await Promise.all(inputs.map((input, index) => signIn(index, input)));
      expect(namesOf(results)).toEqual({ RegisterSuccess: 1, AccountExists: 1 });
      expect(await countOf(`users where email_key = '${emailOf(person)}'`)).toBe(1);
      await expectCounted(results.flatMap(({ user }) => user?.id ?? [])[0] ?? '', 1);
    }
  });

  it('PROVIDER-04 a stranger who registers the e-mail during a sign-in at a provider MUST NOT keep access', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const person = randomUUID();
      const input = await visit(round, person);
      const credentials = { email: emailOf(person), password };
      const [owner, stranger] = await Promise.all([
        signIn(round, input),
        gql(urlOf(round + 1), { query: registerOperation, variables: { input: credentials } }),
      ]);
      const { __typename: name, token } = stranger.data?.register ?? {};
      expect(['RegisterSuccess', 'EmailTaken']).toContain(name);
      expect(owner.__typename).toBe(name === 'EmailTaken' ? 'RegisterSuccess' : 'LoginSuccess');
      if (name === 'RegisterSuccess') expect(await reasonOf(token)).toBe('PASSWORD_CHANGED');
      const login = await gql(urlOf(0), { query: loginOperation, variables: { input: credentials } });
      expect(login.data?.login.__typename).toBe('InvalidCredentials');
      expect(await reasonOf(owner.token)).toBe('live');
      await expectCounted(owner.user?.id ?? '', 1);
    }
  });

  it('PROVIDER-05 an identity that two accounts link at once MUST belong to one of them', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const person = randomUUID();
      const people = [
        await registerWithVerifiedEmail({ url: urlOf(0), database }),
        await registerWithVerifiedEmail({ url: urlOf(0), database }),
      ];
      const inputs = await inParallel(2, (index) => visit(index, person, people[index]?.token ?? ''));
      const results = await inParallel(2, (index) =>
        link(index, inputs[index] ?? {}, people[index]?.token ?? ''),
      );
      expect(namesOf(results)).toEqual({ IdentityLinked: 1, IdentityTaken: 1 });
      for (const [index, { user }] of people.entries()) {
        const isLinked = results[index]?.__typename === 'IdentityLinked';
        await expectCounted(user.id, isLinked ? 1 : 0);
        expect(await actsOf(user.id, 'LINK_IDENTITY')).toBe(isLinked ? 1 : 0);
        expect(await actsOf(user.id, 'LINK_IDENTITY', 'IDENTITY_TAKEN')).toBe(isLinked ? 0 : 1);
      }
    }
  });

  it('PROVIDER-06 an identity that is linked during its first sign-in MUST belong to one account', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const person = randomUUID();
      const { token, user } = await registerWithVerifiedEmail({ url: urlOf(0), database });
      const [toLink, toSignIn] = [await visit(0, person, token), await visit(1, person)];
      const [linked, signedIn] = await Promise.all([link(round, toLink, token), signIn(round + 1, toSignIn)]);
      if (linked.__typename === 'IdentityLinked') {
        expect(signedIn).toMatchObject({ __typename: 'LoginSuccess', user: { id: user.id } });
        await expectCounted(user.id, 1);
      } else {
        expect([linked.__typename, signedIn.__typename]).toEqual(['IdentityTaken', 'RegisterSuccess']);
        await expectCounted(user.id, 0);
        await expectCounted(signedIn.user?.id ?? '', 1);
      }
    }
  });

  it('PROVIDER-07 parallel completions of one identity link MUST succeed once', async () => {
    const { token, user } = await registerWithVerifiedEmail({ url: urlOf(0), database });
    const input = await visit(0, randomUUID(), token);
    const results = await inParallel(many, (index) => link(index, input, token));
    expect(namesOf(results)).toEqual({ IdentityLinked: 1, ChallengeRejected: many - 1 });
    expect(await actsOf(user.id, 'LINK_IDENTITY')).toBe(1);
    await expectCounted(user.id, 1);
  });

  it('PROVIDER-08 parallel unlinks of the last two identities MUST remove one of them, once', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const person = randomUUID();
      const { token = '', user } = await signIn(round, await visit(round, person));
      await link(round, await visit(round, person, token, 'other'), token);
      const both = await identitiesOf(urlOf(0), token);
      const results = await inParallel(many, (index) =>
        runProvider(urlOf(index), 'unlinkIdentity', { id: both[index % 3 === 0 ? 0 : 1]?.id }, token),
      );
      const { IdentityUnlinked: unlinked, ...others } = namesOf(results);
      expect(unlinked).toBe(1);
      expect(Object.keys(others).toSorted()).toEqual(['IdentityNotFound', 'LastWayIn']);
      expect(await actsOf(user?.id ?? '', 'UNLINK_IDENTITY')).toBe(1);
      await expectCounted(user?.id ?? '', 1);
    }
  });

  it('PROVIDER-09 an identity that is unlinked during a sign-in MUST sign in before that, or never', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const person = randomUUID();
      const { token = '', user } = await signIn(0, await visit(0, person));
      await rowsOf(database, `update hufu.users set password_hash = 'x' where id = '${user?.id ?? ''}'`);
      const [identity] = await identitiesOf(urlOf(0), token);
      const input = await visit(1, person);
      const [signedIn, unlinked] = await Promise.all([
        signIn(round, input),
        runProvider(urlOf(round + 1), 'unlinkIdentity', { id: identity?.id }, token),
      ]);
      expect(unlinked.__typename).toBe('IdentityUnlinked');
      expect(['LoginSuccess', 'AccountExists', 'ChallengeRejected']).toContain(signedIn.__typename);
      await expectCounted(user?.id ?? '', 0);
      expect((await signIn(0, await visit(0, person))).__typename).toBe('AccountExists');
      expect(await liveOf(user?.id ?? '')).toBe(signedIn.__typename === 'LoginSuccess' ? 2 : 1);
    }
  });

  it('PROVIDER-10 an account that is deleted during a sign-in MUST stay deleted', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const person = randomUUID();
      const { token = '', user } = await signIn(0, await visit(0, person));
      const input = await visit(1, person);
      const [signedIn, deleted] = await Promise.all([
        signIn(round, input),
        run(urlOf(round + 1), 'deleteAccount', null, token),
      ]);
      expect(deleted.__typename).toBe('DeleteAccountSuccess');
      expect(['LoginSuccess', 'RegisterSuccess', 'ChallengeRejected']).toContain(signedIn.__typename);
      const id = user?.id ?? '';
      expect(await liveOf(id)).toBe(0);
      await expectCounted(id, 0);
      if (signedIn.__typename === 'RegisterSuccess') {
        expect(signedIn.user?.id).not.toBe(id);
        expect(await reasonOf(signedIn.token)).toBe('live');
      } else if (signedIn.token !== undefined) expect(await reasonOf(signedIn.token)).toBe('ACCOUNT_DELETED');
    }
  });

  it('PROVIDER-11 an identity link that waits while the user adds a second factor MUST need that factor', async () => {
    const { token, user } = await registerWithVerifiedEmail({ url: urlOf(0), database });
    const input = { email: user.email, password };
    const { data } = await gql(urlOf(1), { query: loginOperation, variables: { input } });
    const ofThief = data?.login.token ?? '';
    const toLink = await visit(1, randomUUID(), ofThief);
    const started = await runFactor(urlOf(0), 'startTotpEnrolment', null, token);
    const app = new TOTP({ secret: Secret.fromBase32(started.secret ?? '') });
    const code = app.generate({ timestamp: clock.now().getTime() });

    const [confirmed, linked] = await nodes.inOrder(
      user.id,
      () =>
        runFactor(
          urlOf(0),
          'confirmTotpEnrolment',
          { challengeToken: started.challenge?.token, code },
          token,
        ),
      () => askProvider(urlOf(1), 'completeIdentityLink', toLink, ofThief),
    );

    expect(confirmed.__typename).toBe('ConfirmTotpEnrolmentSuccess');
    expect(linked.errors).toMatchObject([{ extensions: { code: 'STEP_UP_REQUIRED' } }]);
    await expectCounted(user.id, 0);
  });
});
