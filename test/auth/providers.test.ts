// Sign-ins at a real authorization server, through its own login pages.

import { randomUUID } from 'node:crypto';

import { beforeAll, describe, expect, it } from 'vitest';

import { beginLogin, completeLogin } from '../../examples/client/providerLogin.js';
import { linkIn, run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { enrol, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { login, password, phone, randomEmail, register, sessionOperation } from '../support/operations.js';
import { clientSecret, type OidcProvider, startOidcProvider } from '../support/oidcProvider.js';
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
import { type Env } from '../support/settings.js';
import { type SmtpServer, startSmtp } from '../support/smtpServer.js';
import { type RunningNode, startNode } from '../support/startNode.js';

const clock = createTestClock();
let node: RunningNode;
let env: Env;
let smtp: SmtpServer;
let acme: OidcProvider;
let other: OidcProvider;
let basic: OidcProvider;

beforeAll(async () => {
  const options = { clientId: 'hufu', redirectUris: [redirectUri] };
  [acme, other, basic] = await Promise.all([
    startOidcProvider(options),
    startOidcProvider({ ...options, claimsInToken: true }),
    startOidcProvider({ ...options, clientAuthentication: 'client_secret_basic' }),
  ]);
  smtp = await startSmtp();
  env = {
    SMTP_URL: smtp.url,
    PROVIDERS: 'acme,other,basic',
    PROVIDERS_VERIFYING_EMAIL: 'acme,other,basic',
    PROVIDER_REDIRECT_URIS: redirectUri,
    ...providerEnv('acme', acme.issuer, { clientSecret }),
    ...providerEnv('other', other.issuer, { clientSecret }),
    ...providerEnv('basic', basic.issuer, { clientSecret }),
  };
  node = await startNode({ clock, env });
});

/** Signs in at a provider, and returns the input of its callback. */
async function visit(provider: 'acme' | 'other' | 'basic', person: string, link?: string) {
  const { url, challengeToken } = await startAt(node.url, provider, link === undefined ? {} : { link });
  const back = await { acme, other, basic }[provider].signIn(url, person);
  return { challengeToken, ...returnedBy(back) };
}

const newPerson = () => randomUUID();
const emailOf = (person: string) => `${person}@example.com`;

describe('a sign-in at a provider', () => {
  it('makes an account without a password for a new user, and opens a session with the method PROVIDER', async () => {
    const person = newPerson();

    const result = await runProvider(node.url, 'completeProviderLogin', {
      ...(await visit('acme', person)),
      device: phone,
    });

    expect(result).toMatchObject({
      __typename: 'RegisterSuccess',
      user: { email: emailOf(person), emailVerified: true },
      session: { methods: ['PROVIDER'], device: phone },
    });
    expect(await identitiesOf(node.url, result.token ?? '')).toMatchObject([
      { provider: 'acme', email: emailOf(person), lastUsedAt: expect.any(String) as string },
    ]);
  });

  it('works at a provider that takes the client secret by HTTP Basic alone', async () => {
    const result = await runProvider(node.url, 'completeProviderLogin', await visit('basic', newPerson()));

    expect(result.__typename).toBe('RegisterSuccess');
  });

  it('works with the example client of the docs', async () => {
    const api = `${node.url}/graphql`;
    const { url, pending } = await beginLogin(api, 'acme', redirectUri);
    const back = await acme.signIn(url, newPerson());

    expect(await completeLogin(api, pending, back.href)).toMatchObject({
      token: expect.any(String) as string,
    });
    await expect(completeLogin(api, pending, `${redirectUri}?error=access_denied`)).rejects.toThrow(
      'cancelled',
    );
  });

  it('finds the account by issuer and subject, also when the e-mail at the provider has changed', async () => {
    const person = newPerson();
    const first = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));
    acme.people.set(person, { email: randomEmail(), email_verified: false });

    const again = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));

    expect(again).toMatchObject({
      __typename: 'LoginSuccess',
      user: { id: first.user?.id, email: emailOf(person) },
    });
  });

  it('stores neither the code, the state nor the challenge token', async () => {
    const input = await visit('acme', newPerson());

    const stored = await rowsOf(node.database, 'select * from hufu.challenges');
    expect(stored).not.toEqual([]);

    for (const secret of [input.code, input.state, input.challengeToken])
      expect(JSON.stringify(stored)).not.toContain(secret);
  });

  it('is refused as AccountDisabled for a disabled account', async () => {
    const person = newPerson();
    const { user } = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));
    await rowsOf(node.database, `update hufu.users set disabled_at = now() where id = '${user?.id ?? ''}'`);

    expect(await runProvider(node.url, 'completeProviderLogin', await visit('acme', person))).toMatchObject({
      __typename: 'AccountDisabled',
    });
  });
});

describe('the e-mail of a provider', () => {
  it('that has an account makes neither another account nor a link, until the user signs in and links it', async () => {
    const person = newPerson();
    const account = await registerWithVerifiedEmail(node, emailOf(person));

    const refused = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));

    expect(refused).toMatchObject({ __typename: 'AccountExists', methods: ['PASSWORD'] });
    const input = await visit('acme', person, account.token);
    expect(await runProvider(node.url, 'completeIdentityLink', input, account.token)).toMatchObject({
      __typename: 'IdentityLinked',
      identity: { provider: 'acme', email: emailOf(person) },
    });
    expect(await runProvider(node.url, 'completeProviderLogin', await visit('acme', person))).toMatchObject({
      __typename: 'LoginSuccess',
      user: { id: account.user.id },
    });
  });

  it('that another provider gave before belongs to the first account', async () => {
    const person = newPerson();
    await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));

    expect(await runProvider(node.url, 'completeProviderLogin', await visit('other', person))).toMatchObject({
      __typename: 'AccountExists',
      methods: ['PROVIDER'],
    });
  });

  it.each([
    ['is not verified', { email_verified: false }],
    ['is said to be verified in text', { email_verified: 'true' }],
    ['is none', { email: 'ada' }],
    ['is missing', { email: undefined }],
  ])('that %s makes no account', async (_name, claims) => {
    const person = newPerson();
    acme.people.set(person, claims);

    expect(await runProvider(node.url, 'completeProviderLogin', await visit('acme', person))).toMatchObject({
      __typename: 'VerifiedEmailRequired',
    });
    expect(
      await rowsOf(node.database, `select 1 from hufu.users where email_key = '${emailOf(person)}'`),
    ).toEqual([]);
  });

  it('takes over an account whose e-mail was never verified, and voids its password and sessions', async () => {
    const person = newPerson();
    const stranger = await register(node.url, { email: emailOf(person) });

    const owner = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));

    expect(owner).toMatchObject({
      __typename: 'LoginSuccess',
      user: { id: stranger.user.id, emailVerified: true },
    });
    const { data } = await gql(node.url, { query: sessionOperation, token: stranger.token });
    expect(data?.session).toMatchObject({ __typename: 'SignedOut', reason: 'PASSWORD_CHANGED' });
    await expect(login(node.url, emailOf(person))).rejects.toThrow(/InvalidCredentials/);
  });

  it('makes one account when several tabs complete a sign-in at once', async () => {
    const person = newPerson();
    const inputs = await Promise.all([1, 2, 3, 4].map(() => visit('acme', person)));

    const results = await Promise.all(
      inputs.map((input) => runProvider(node.url, 'completeProviderLogin', input)),
    );

    expect(new Set(results.map(({ user }) => user?.id)).size).toBe(1);
    expect(results.map(({ __typename }) => __typename).sort()).toEqual([
      ...Array<string>(3).fill('LoginSuccess'),
      'RegisterSuccess',
    ]);
  });
});

describe('a linked identity', () => {
  it('cannot be linked to a second account', async () => {
    const person = newPerson();
    await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));
    const thief = await registerWithVerifiedEmail(node);

    const input = await visit('acme', person, thief.token);

    expect(await runProvider(node.url, 'completeIdentityLink', input, thief.token)).toMatchObject({
      __typename: 'IdentityTaken',
    });
    expect(await identitiesOf(node.url, thief.token)).toEqual([]);
  });

  it('is linked only by the session that began the link', async () => {
    const [owner, other] = [await registerWithVerifiedEmail(node), await registerWithVerifiedEmail(node)];
    const input = await visit('acme', newPerson(), owner.token);

    expect(await runProvider(node.url, 'completeIdentityLink', input, other.token)).toMatchObject({
      __typename: 'ChallengeRejected',
    });
    expect(await runProvider(node.url, 'completeProviderLogin', input)).toMatchObject({
      __typename: 'ChallengeRejected',
    });
    expect(await runProvider(node.url, 'completeIdentityLink', input, owner.token)).toMatchObject({
      __typename: 'IdentityLinked',
    });
  });

  it('needs an account with a verified e-mail, so that a stranger who registered it keeps no access', async () => {
    const stranger = await register(node.url);
    const input = await visit('acme', newPerson(), stranger.token);

    expect(await runProvider(node.url, 'completeIdentityLink', input, stranger.token)).toMatchObject({
      __typename: 'VerifiedEmailRequired',
    });
  });

  it('is unlinked unless it is the last way to sign in, also by two parallel requests', async () => {
    const person = newPerson();
    const { token = '' } = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));
    const [only] = await identitiesOf(node.url, token);
    const unlink = (id: string | undefined) => runProvider(node.url, 'unlinkIdentity', { id }, token);
    for (let count = 0; count < 5; count += 1)
      expect(await unlink(only?.id)).toMatchObject({ __typename: 'LastWayIn' });
    // Repeated refusals write at most one audit event a minute.
    const refused = `select count(*)::int as count from hufu.security_events e join hufu.users u on u.id = e.user_id
      where u.email_key = '${emailOf(person)}' and e.outcome = 'LAST_WAY_IN'`;
    const written = async () => Number((await rowsOf(node.database, refused))[0]?.['count']);
    await expect.poll(written).toBeGreaterThan(0);
    expect(await written()).toBeLessThan(3);
    expect(await unlink(randomUUID())).toMatchObject({ __typename: 'IdentityNotFound' });

    await runProvider(node.url, 'completeIdentityLink', await visit('other', person, token), token);
    const both = await identitiesOf(node.url, token);
    const results = await Promise.all(both.map(({ id }) => unlink(id)));

    expect(results.map(({ __typename }) => __typename).sort()).toEqual(['IdentityUnlinked', 'LastWayIn']);
    expect(await identitiesOf(node.url, token)).toHaveLength(1);
  });

  it('is linked and unlinked only with a proof of the last 10 minutes', async () => {
    const { token, session } = await registerWithVerifiedEmail(node);
    await rowsOf(
      node.database,
      `update hufu.sessions set proved_at = proved_at - interval '11 minutes' where id = '${session.id}'`,
    );

    const start = await askProvider(node.url, 'startIdentityLink', { provider: 'acme', redirectUri }, token);
    const unlink = await askProvider(node.url, 'unlinkIdentity', { id: randomUUID() }, token);

    for (const { errors } of [start, unlink])
      expect(errors).toMatchObject([{ extensions: { code: 'STEP_UP_REQUIRED' } }]);
  });

  it('is deleted with its account, and then registers a new one', async () => {
    const person = newPerson();
    const first = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));

    const answer = await gql(node.url, {
      query: 'mutation { deleteAccount { __typename } }',
      token: first.token ?? '',
    });

    expect(answer.data).toEqual({ deleteAccount: { __typename: 'DeleteAccountSuccess' } });
    const left = `select 1 from hufu.identities where subject = '${person}'`;
    expect(await rowsOf(node.database, left)).toEqual([]);
    const second = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));
    expect(second).toMatchObject({ __typename: 'RegisterSuccess' });
    expect(second.user?.id).not.toBe(first.user?.id);
  });

  it('is recorded in the audit trail when it is linked, unlinked and used', async () => {
    const person = newPerson();
    const { token = '' } = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));
    await runProvider(node.url, 'completeIdentityLink', await visit('other', person, token), token);
    const [first] = await identitiesOf(node.url, token);
    await runProvider(node.url, 'unlinkIdentity', { id: first?.id }, token);

    const { data } = await gql<{ me: { securityEvents: { edges: { node: { kind: string } }[] } } }>(
      node.url,
      {
        query: '{ me { securityEvents { edges { node { kind outcome } } } } }',
        token,
      },
    );

    const kinds = data?.me.securityEvents.edges.map(({ node: { kind } }) => kind);
    expect(kinds?.sort()).toEqual(['LINK_IDENTITY', 'LOGIN', 'REGISTER', 'UNLINK_IDENTITY']);
  });
});

describe('a second factor after a provider', () => {
  it('is required before the sign-in opens a session', async () => {
    const person = newPerson();
    const first = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));
    const app = await enrol(node.url, first.token ?? '', clock);

    const half = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));

    expect(half).toMatchObject({ __typename: 'SecondFactorRequired' });
    expect(await identitiesOf(node.url, first.token ?? '')).toHaveLength(1);
    const challengeToken = half.challenge?.token ?? '';
    expect(await runFactor(node.url, 'completeLogin', { challengeToken, totp: app.next() })).toMatchObject({
      __typename: 'LoginSuccess',
      session: { methods: ['PROVIDER', 'TOTP'] },
    });
    const opened = `select count(*)::int as sessions from hufu.provider_sessions p
      join hufu.sessions s on s.id = p.session_id where s.user_id = '${first.user?.id ?? ''}'`;
    expect(await rowsOf(node.database, opened)).toEqual([{ sessions: 2 }]);
  });

  it('is refused when the identity was unlinked meanwhile', async () => {
    const person = newPerson();
    const { token = '' } = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));
    await runProvider(node.url, 'completeIdentityLink', await visit('other', person, token), token);
    const app = await enrol(node.url, token, clock);
    const half = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));
    const unlinked = (await identitiesOf(node.url, token)).find(({ provider }) => provider === 'acme');

    await runProvider(node.url, 'unlinkIdentity', { id: unlinked?.id }, token);

    const input = { challengeToken: half.challenge?.token ?? '', totp: app.next() };
    expect(await runFactor(node.url, 'completeLogin', input)).toMatchObject({
      __typename: 'ChallengeRejected',
    });
  });

  it('is not required when a stranger added it to an account that the owner takes over', async () => {
    const person = newPerson();
    const stranger = await register(node.url, { email: emailOf(person) });
    await enrol(node.url, stranger.token, clock);

    const owner = await runProvider(node.url, 'completeProviderLogin', await visit('acme', person));

    expect(owner).toMatchObject({ __typename: 'LoginSuccess', session: { methods: ['PROVIDER'] } });
  });
});

describe('the owner of an account', () => {
  it('is notified of a new identity, with a link that sets a password and unlinks it', async () => {
    const person = newPerson();
    const { token = '', user } = await runProvider(
      node.url,
      'completeProviderLogin',
      await visit('acme', person),
    );
    // An identity from before stays linked.
    clock.turn(1);
    await runProvider(node.url, 'completeIdentityLink', await visit('other', person, token), token);

    const mail = await smtp.next(user?.email ?? '', /way to sign in .* was added/);
    const reset = await run(node.url, 'resetPassword', { token: linkIn(mail).token, newPassword: password });

    expect(reset.__typename).toBe('ResetPasswordSuccess');
    const again = await login(node.url, user?.email ?? '');
    expect(await identitiesOf(node.url, again.token)).toMatchObject([{ provider: 'acme' }]);
    expect(await runProvider(node.url, 'completeProviderLogin', await visit('other', person))).toMatchObject({
      __typename: 'AccountExists',
    });
  });

  it('is notified of an unlinked identity', async () => {
    const person = newPerson();
    const { token = '', user } = await runProvider(
      node.url,
      'completeProviderLogin',
      await visit('acme', person),
    );
    await runProvider(node.url, 'completeIdentityLink', await visit('other', person, token), token);
    const [first] = await identitiesOf(node.url, token);

    await runProvider(node.url, 'unlinkIdentity', { id: first?.id }, token);

    await smtp.next(user?.email ?? '', /way to sign in .* was removed/);
  });
});

describe('the limits of one IP', () => {
  it('bound the sign-ins that it begins, and its forged challenges', async () => {
    const limited = await startNode({
      database: node.database,
      env: {
        ...env,
        RATE_LIMITS: 'on',
        RATE_LIMIT_IP_CHALLENGES_PER_HOUR: '2',
        RATE_LIMIT_IP_GUESSES_PER_HOUR: '2',
      },
    });
    const started = () => runProvider(limited.url, 'startProviderLogin', { provider: 'acme', redirectUri });
    const forged = { challengeToken: 'AAAA', code: 'c', state: 's' };
    const guessed = () => runProvider(limited.url, 'completeProviderLogin', forged);

    const names = [
      await started(),
      await started(),
      await started(),
      await guessed(),
      await guessed(),
      await guessed(),
    ];

    expect(names.map(({ __typename }) => __typename)).toEqual([
      ...['ProviderLoginStarted', 'ProviderLoginStarted', 'TooManyAttempts'],
      ...['ChallengeRejected', 'ChallengeRejected', 'TooManyAttempts'],
    ]);
  });
});
