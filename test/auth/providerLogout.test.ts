// Back-channel logout: a user signs out at the provider, and the sessions that the provider opened end.

import { randomUUID } from 'node:crypto';

import { generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';

import { createTestClock } from '../support/clock.js';
import { enrol, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { type LyingProvider, startLyingProvider } from '../support/lyingProvider.js';
import { clientSecret, type OidcProvider, startOidcProvider } from '../support/oidcProvider.js';
import { sessionOperation } from '../support/operations.js';
import { providerEnv, redirectUri, returnedBy, runProvider, startAt } from '../support/providers.js';
import { type RunningNode, startNode } from '../support/startNode.js';

let node: RunningNode;
let acme: OidcProvider;
let liar: LyingProvider;
let broken: LyingProvider;
/** Milliseconds by which the node's clock is ahead. */
let aheadMs = 0;

beforeAll(async () => {
  [acme, liar, broken] = await Promise.all([
    startOidcProvider({
      clientId: 'hufu',
      redirectUris: [redirectUri],
      logoutUri: () => `${node.url}/providers/acme/logout`,
    }),
    startLyingProvider(),
    startLyingProvider(),
  ]);
  node = await startNode({
    clock: { now: () => new Date(Date.now() + aheadMs) },
    env: {
      LOG_LEVEL: 'silent',
      PROVIDERS: 'acme,liar,broken,github',
      PROVIDERS_VERIFYING_EMAIL: 'acme,liar',
      PROVIDER_REDIRECT_URIS: redirectUri,
      // Lets a user have several sessions.
      SESSION_LIMIT: '0',
      ...providerEnv('acme', acme.issuer, { clientSecret }),
      ...providerEnv('liar', liar.issuer),
      ...providerEnv('broken', broken.issuer),
      ...providerEnv('github', 'https://github.com'),
    },
  });
});

async function reasonOf(token: string | undefined): Promise<string> {
  const { data } = await gql(node.url, { query: sessionOperation, token: token ?? '' });
  return data?.session.__typename === 'SignedOut' ? data.session.reason : 'live';
}

const complete = (input: object) => runProvider(node.url, 'completeProviderLogin', { ...input });

/** Signs a user in at the provider of the tests, in the given session there. */
async function signIn(subject: string, sid: string) {
  const { url, challengeToken } = await startAt(node.url, 'liar');
  liar.lies = { claims: { sid } };
  const { token } = await complete({ challengeToken, ...liar.signIn(url, subject) });
  liar.lies = {};
  return token;
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

const claimsFor = (more: object) => {
  const seconds = Math.floor(Date.now() / 1_000);
  return {
    iss: liar.issuer,
    aud: 'hufu',
    iat: seconds,
    exp: seconds + 120,
    jti: randomUUID(),
    events: { [logoutEvent]: {} },
    ...more,
  };
};

const logoutToken = (claims: object, header = {}) =>
  liar.sign(claimsFor(claims), { typ: 'logout+jwt', ...header });

async function send(token: string, provider = 'liar'): Promise<number> {
  const response = await fetch(`${node.url}/providers/${provider}/logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  });
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('set-cookie')).toBeNull();
  return response.status;
}

describe('a back-channel logout', () => {
  it('ends the session of that provider session as PROVIDER_ENDED', async () => {
    const cookies = new Map<string, string>();
    const { url, challengeToken } = await startAt(node.url, 'acme');
    const back = await acme.signIn(url, randomUUID(), cookies);
    const { token } = await complete({ challengeToken, ...returnedBy(back) });
    expect(await reasonOf(token)).toBe('live');

    await acme.signOut(cookies);

    await expect.poll(() => reasonOf(token)).toBe('PROVIDER_ENDED');
  });

  it('ends the sessions of one provider session, or all of a user at the provider', async () => {
    const person = randomUUID();
    const [first, second] = [await signIn(person, 'sid-1'), await signIn(person, 'sid-2')];
    const stranger = await signIn(randomUUID(), 'sid-1-of-another');

    expect(await send(await logoutToken({ sub: person, sid: 'sid-1' }))).toBe(200);
    expect([await reasonOf(first), await reasonOf(second)]).toEqual(['PROVIDER_ENDED', 'live']);

    expect(await send(await logoutToken({ sub: person }))).toBe(200);
    expect([await reasonOf(second), await reasonOf(stranger)]).toEqual(['PROVIDER_ENDED', 'live']);

    expect(await send(await logoutToken({ sid: 'sid-1-of-another' }))).toBe(200);
    expect(await reasonOf(stranger)).toBe('PROVIDER_ENDED');
  });

  it('voids sign-ins that wait for a second factor, of its provider session or its user', async () => {
    const person = randomUUID();
    const token = (await signIn(person, 'sid-1')) ?? '';
    const app = await enrol(node.url, token, createTestClock(new Date(Date.now() + aheadMs)));
    const half = async (sid: string) => {
      const { url, challengeToken } = await startAt(node.url, 'liar');
      liar.lies = { claims: { sid } };
      const { challenge } = await complete({ challengeToken, ...liar.signIn(url, person) });
      liar.lies = {};
      return challenge?.token ?? '';
    };
    const finish = async (challengeToken: string, index: number) =>
      (await runFactor(node.url, 'completeLogin', { challengeToken, recoveryCode: app.recoveryCodes[index] }))
        .__typename;
    const [first, second, third] = [await half('sid-2'), await half('sid-3'), await half('sid-3')];

    expect(await send(await logoutToken({ sid: 'sid-2' }))).toBe(200);
    expect([await finish(first, 0), await finish(second, 0)]).toEqual(['ChallengeRejected', 'LoginSuccess']);

    expect(await send(await logoutToken({ sub: person }))).toBe(200);
    expect(await finish(third, 1)).toBe('ChallengeRejected');
  });

  it('succeeds where the user has no session, and each token works once', async () => {
    const person = randomUUID();
    const token = await logoutToken({ sub: person });
    expect(await send(token)).toBe(200);

    const later = await signIn(person, 'sid');

    expect(await send(token)).toBe(400);
    expect(await reasonOf(later)).toBe('live');
  });

  it.each([
    ['no token', () => ''],
    ['no JWT', () => 'a.b.c'],
    ['another issuer', () => logoutToken({ sub: 'p', iss: 'https://evil.example' })],
    ['another audience', () => logoutToken({ sub: 'p', aud: 'another' })],
    ['a nonce, as an ID token has', () => logoutToken({ sub: 'p', nonce: 'n' })],
    ['an ID token', () => liar.sign(claimsFor({ sub: 'p' }))],
    ['no event', () => logoutToken({ sub: 'p', events: undefined })],
    ['another event', () => logoutToken({ sub: 'p', events: { 'https://example.com/other': {} } })],
    ['no id', () => logoutToken({ sub: 'p', jti: undefined })],
    ['neither subject nor session', () => logoutToken({})],
    ['an old token', () => logoutToken({ sub: 'p', iat: Math.floor(Date.now() / 1_000) - 600 })],
    ['an expired token', () => logoutToken({ sub: 'p', exp: Math.floor(Date.now() / 1_000) - 60 })],
    ['another key', forged],
  ])('is refused with %s', async (_name, make) => {
    const token = await signIn('p', 'sid');

    expect(await send(await make())).toBe(400);
    expect(await reasonOf(token)).toBe('live');
  });

  it.each([
    ['at once', (form: string) => form],
    ['in pieces of no announced length', (form: string) => ReadableStream.from([Buffer.from(form)])],
  ])('is refused when its form is longer than 16 KiB: %s', async (_name, body) => {
    const form = `logout_token=${await logoutToken({ sub: 'p' })}&more=${'x'.repeat(16_384)}`;
    const response = await fetch(`${node.url}/providers/liar/logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body(form),
      duplex: 'half',
    });
    expect(response.status).toBe(413);
    expect(await response.text()).toContain('at most 16 KiB');
  });

  it('is answered 503 while the keys cannot be read, and not every token makes the server read them', async () => {
    const reads = () => broken.asked.filter((path) => path === '/keys').length;
    const make = () => broken.sign(claimsFor({ sub: 'p', iss: broken.issuer }), { typ: 'logout+jwt' });
    broken.lies = { answer: (path, response) => path === '/keys' && Boolean(response.writeHead(500).end()) };

    for (const token of [await make(), await make(), await forged()])
      expect(await send(token, 'broken')).toBe(503);
    expect(reads()).toBe(1);

    broken.lies = {};
    aheadMs += 5_000;
    expect(await send(await make(), 'broken')).toBe(200);
    expect(reads()).toBe(2);
  });

  it('has no route for a provider without back-channel logout', async () => {
    const response = await fetch(`${node.url}/providers/github/logout`, { method: 'POST' });
    expect(response.status).toBe(404);
  });
});

async function forged(): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256');
  const header = { alg: 'RS256', typ: 'logout+jwt', kid: liar.publicKey().kid ?? '' };
  return new SignJWT({ ...claimsFor({ sub: 'p' }) }).setProtectedHeader(header).sign(privateKey);
}
