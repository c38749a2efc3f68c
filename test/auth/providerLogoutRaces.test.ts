// Races between a back-channel logout and a sign-in or a replaced session, on two nodes over one PostgreSQL server: whatever the
// provider has ended is not live afterwards.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { run } from '../support/account.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { startLyingProvider } from '../support/lyingProvider.js';
import { logoutOperation, password } from '../support/operations.js';
import { providerEnv, redirectUri, runProvider, startAt } from '../support/providers.js';
import { startTwoNodes } from '../support/twoNodes.js';

describe.runIf(databaseKind === 'postgres')('races of back-channel logouts', async () => {
  if (databaseKind !== 'postgres') return;
  const provider = await startLyingProvider();
  const nodes = await startTwoNodes({
    env: {
      PROVIDERS: 'acme',
      PROVIDERS_VERIFYING_EMAIL: 'acme',
      PROVIDER_REDIRECT_URIS: redirectUri,
      SESSION_LIMIT: '0',
      RATE_LIMITS: 'off',
      ...providerEnv('acme', provider.issuer),
    },
  });
  const { urlOf, liveOf, reasonOf } = nodes;

  /** The claims by which a logout names the user or the session of the provider. */
  const named: readonly (readonly [string, (who: Person) => object])[] = [
    ['the user', ({ subject }) => ({ sub: subject })],
    ['the session of the provider', ({ sid }) => ({ sid })],
    ['both', ({ subject, sid }) => ({ sub: subject, sid })],
  ];
  interface Person {
    readonly subject: string;
    readonly sid: string;
  }
  const newPerson = (): Person => ({ subject: randomUUID(), sid: randomUUID() });

  /** Sends a logout token of the provider to a node. */
  async function logOut(index: number, claims: object): Promise<void> {
    const seconds = Math.floor(Date.now() / 1_000);
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const standard = {
      iss: provider.issuer,
      aud: 'hufu',
      iat: seconds,
      exp: seconds + 120,
      jti: randomUUID(),
    };
    const token = await provider.sign({ ...standard, events, ...claims }, { typ: 'logout+jwt' });
    const body = new URLSearchParams({ logout_token: token });
    const response = await fetch(`${urlOf(index)}/providers/acme/logout`, { method: 'POST', body });
    expect(response.status).toBe(200);
  }

  /** Signs in at the provider, in the given session there, and returns the input of its callback. */
  async function visit(
    index: number,
    { subject, sid }: Person,
    confirmed: () => Promise<void> | void = () => undefined,
  ) {
    const { url, challengeToken } = await startAt(urlOf(index), 'acme');
    provider.lies = {
      async idToken(claims) {
        await confirmed();
        return provider.sign({ ...claims, sid });
      },
    };
    return { challengeToken, ...provider.signIn(url, subject) };
  }
  const complete = (index: number, input: object) =>
    runProvider(urlOf(index), 'completeProviderLogin', { ...input });
  async function signIn(index: number, person: Person) {
    const { token = '', user } = await complete(index, await visit(index, person));
    return { token, userId: user?.id ?? '' };
  }

  it.each(named)(
    'PROVIDER-12 a sign-in that the provider confirmed before a logout of %s MUST NOT open a session after it',
    async (_what, claims) => {
      const person = newPerson();
      const { token, userId } = await signIn(0, person);
      const input = await visit(0, person, () => logOut(1, claims(person)));

      expect((await complete(0, input)).__typename).toBe('ChallengeRejected');

      expect(await reasonOf(token)).toBe('PROVIDER_ENDED');
      expect(await liveOf(userId)).toBe(0);
      // A new sign-in at the provider opens a session.
      expect(await reasonOf((await signIn(1, { ...person, sid: randomUUID() })).token)).toBe('live');
    },
  );

  it.each(named)(
    'PROVIDER-13 a sign-in that waits for the lock of its user during a logout of %s MUST NOT open a session',
    async (_what, claims) => {
      const person = newPerson();
      const { token, userId } = await signIn(0, person);
      await gql(urlOf(0), { query: logoutOperation, token });
      const input = await visit(0, person);

      const completed = await nodes.whileWaiting(
        userId,
        () => complete(0, input),
        () => logOut(1, claims(person)),
      );

      expect(completed.__typename).toBe('ChallengeRejected');
      expect(await liveOf(userId)).toBe(0);
    },
  );

  it.each(named)(
    'PROVIDER-14 a logout of %s MUST end the session of a sign-in that is written at the same moment',
    async (_what, claims) => {
      const person = newPerson();
      await signIn(0, { ...person, sid: randomUUID() });
      const input = await visit(0, person);

      const [completed] = await nodes.behindReads(
        () => complete(0, input),
        () => logOut(1, claims(person)),
      );

      expect(await reasonOf(completed.token)).toBe('PROVIDER_ENDED');
    },
  );

  it.each(named)(
    'PROVIDER-15 a logout of %s MUST end the session that replaced the one of the sign-in',
    async (_what, claims) => {
      const person = newPerson();
      const { token, userId } = await signIn(0, person);
      await run(urlOf(0), 'setPassword', { newPassword: password }, token);
      const changed = await run(
        urlOf(0),
        'changePassword',
        { currentPassword: password, newPassword: `${password} again` },
        token,
      );
      const confirmed = await run(
        urlOf(1),
        'confirmIdentity',
        { password: `${password} again` },
        changed.token,
      );
      expect(await liveOf(userId)).toBe(1);

      await logOut(1, claims(person));

      expect(await reasonOf(confirmed.token)).toBe('PROVIDER_ENDED');
      expect(await liveOf(userId)).toBe(0);
    },
  );

  it.each(named)(
    'PROVIDER-16 a password change during a logout of %s MUST NOT leave a live session',
    async (_what, claims) => {
      const person = newPerson();
      const { token, userId } = await signIn(0, person);
      await run(urlOf(0), 'setPassword', { newPassword: password }, token);

      const [changed] = await nodes.inOrder(
        userId,
        () =>
          run(
            urlOf(0),
            'changePassword',
            { currentPassword: password, newPassword: `${password} again` },
            token,
          ),
        () => logOut(1, claims(person)),
      );

      expect(await reasonOf(changed.token)).toBe('PROVIDER_ENDED');
      expect(await liveOf(userId)).toBe(0);
    },
  );
});
