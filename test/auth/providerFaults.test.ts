// A provider that forges, is slow or is down: no client is signed in, users of other providers do not wait, and the provider's
// words reach neither a client nor the log.

import { createHmac, randomUUID } from 'node:crypto';

import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { type LyingProvider, startLyingProvider } from '../support/lyingProvider.js';
import { gql } from '../support/gql.js';
import { freePort } from '../support/freePort.js';
import { askProvider, providerEnv, redirectUri, runProvider, startAt } from '../support/providers.js';
import { rowsOf } from '../support/rows.js';
import { type RunningNode, startNode } from '../support/startNode.js';

let node: RunningNode;
let liar: LyingProvider;
let honest: LyingProvider;
let untrusted: LyingProvider;
const logged: string[] = [];

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
  [liar, honest, untrusted] = await Promise.all([
    startLyingProvider(),
    startLyingProvider({ namesIssuer: true }),
    startLyingProvider({ tls: { key, cert } }),
  ]);
  const down = `http://127.0.0.1:${String(await freePort())}`;
  node = await startNode({
    env: {
      PROVIDERS: 'liar,honest,untrusted,down',
      PROVIDERS_VERIFYING_EMAIL: 'liar',
      PROVIDER_REDIRECT_URIS: redirectUri,
      ...providerEnv('liar', liar.issuer),
      ...providerEnv('honest', honest.issuer),
      ...providerEnv('untrusted', untrusted.issuer),
      ...providerEnv('down', down),
    },
    log: pino({ level: 'debug' }, { write: (line: string) => logged.push(line) }),
  });
});

afterEach(() => {
  liar.lies = {};
  logged.length = 0;
});

/** Begins a sign-in at a provider, and returns the input of its callback. */
async function visit(provider: 'liar' | 'honest', person: string = randomUUID()) {
  const { url, challengeToken } = await startAt(node.url, provider);
  return { challengeToken, ...{ liar, honest }[provider].signIn(url, person) };
}

const complete = (input: object) => runProvider(node.url, 'completeProviderLogin', { ...input });

const now = () => Math.floor(Date.now() / 1_000);

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Each forgery, and the cause that the log names. */
const lies = {
  'another issuer': [() => ({ claims: { iss: 'https://evil.example' } }), /iss/],
  'the issuer with a slash': [() => ({ claims: { iss: `${liar.issuer}/` } }), /iss/],
  'another audience': [() => ({ claims: { aud: 'another-client' } }), /aud/],
  'more audiences without azp': [() => ({ claims: { aud: ['hufu', 'another-client'] } }), /aud/],
  'another azp': [() => ({ claims: { azp: 'another-client' } }), /issued to another client/],
  'another nonce': [() => ({ claims: { nonce: 'n-0S6_WzA2Mj' } }), /nonce/],
  'no nonce': [() => ({ claims: { nonce: undefined } }), /nonce/],
  'an expired token': [() => ({ claims: { iat: now() - 4_000, exp: now() - 3_600 } }), /timestamp/],
  'a token of tomorrow': [() => ({ claims: { nbf: now() + 86_400 } }), /timestamp/],
  'a token issued tomorrow': [() => ({ claims: { iat: now() + 86_400 } }), /issued in the future/],
  'a token issued a minute from now': [() => ({ claims: { iat: now() + 60 } }), /issued in the future/],
  'a token without the time of its issue': [() => ({ claims: { iat: undefined } }), /iat/],
  'no subject': [() => ({ claims: { sub: undefined } }), /sub/],
  'a subject with a NUL': [() => ({ claims: { sub: 'a\0b' } }), /subject is malformed/],
  'an unsigned token': [
    () => ({
      idToken: (claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`,
    }),
    /alg/,
  ],
  'a token without its signature': [
    () => ({ idToken: async (claims) => (await liar.sign(claims)).replace(/[^.]+$/, '') }),
    /signature/,
  ],
  'a token under another key': [
    () => ({
      async idToken(claims) {
        const { privateKey } = await generateKeyPair('RS256');
        return new SignJWT({ ...claims })
          .setProtectedHeader({ alg: 'RS256', kid: liar.publicKey().kid ?? '' })
          .sign(privateKey);
      },
    }),
    /signature/,
  ],
  'a token under a key that the provider does not publish': [
    () => ({
      async idToken(claims) {
        const { privateKey, publicKey } = await generateKeyPair('RS256');
        const jwk = { ...(await exportJWK(publicKey)), kid: 'own' };
        return new SignJWT({ ...claims })
          .setProtectedHeader({ alg: 'RS256', kid: 'own', jwk })
          .sign(privateKey);
      },
    }),
    /key/,
  ],
  'HS256 under the public key': [
    () => ({
      idToken(claims) {
        const text = `${encode({ alg: 'HS256', kid: liar.publicKey().kid })}.${encode(claims)}`;
        const mac = createHmac('sha256', liar.publicKey().n ?? '').update(text);
        return `${text}.${mac.digest('base64url')}`;
      },
    }),
    /alg/,
  ],
  '2 MB of claims': [() => ({ claims: { groups: 'g'.repeat(2_097_152) } }), /too long/],
  'no ID token': [() => ({ idToken: () => '' }), /id_token|JWT|token/i],
  'a token endpoint that redirects': [
    () => ({
      answer(path, response) {
        if (path !== '/token') return false;
        response.writeHead(302, { location: honest.issuer }).end();
        return true;
      },
    }),
    /status/,
  ],
  'an answer that is no JSON': [
    () => ({
      answer(path, response) {
        if (path !== '/token') return false;
        response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello</p>');
        return true;
      },
    }),
    /content-type/,
  ],
} as const satisfies Record<string, readonly [() => LyingProvider['lies'], RegExp]>;

describe('an ID token or answer of a provider', () => {
  it('is accepted when it is valid', async () => {
    expect(await complete(await visit('liar'))).toMatchObject({ __typename: 'RegisterSuccess' });
  });

  it.each(Object.entries(lies))('is refused and logged: %s', async (_name, [lie, cause]) => {
    const input = await visit('liar');
    liar.lies = lie();

    const answer = await askProvider(node.url, 'completeProviderLogin', input);

    expect(answer.data?.['completeProviderLogin']).toEqual({
      __typename: 'ProviderRejected',
      message: 'The provider did not confirm the sign-in. Begin again.',
    });
    const line = logged.find((one) => one.includes('was not believed')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ provider: 'liar', outcome: 'REJECTED' });
    expect((JSON.parse(line) as { cause: string }).cause).toMatch(cause);
    for (const secret of [
      input.code,
      input.state,
      input.challengeToken,
      'evil.example',
      'another-client',
      'ggggg',
    ])
      expect(logged.join('')).not.toContain(secret);
  });
});

describe('a malformed e-mail of a provider', () => {
  it.each([
    ['a NUL', 'a\0@example.com'],
    ['half a character', '\ud800@example.com'],
    ['a hundred thousand characters', `${'a'.repeat(100_000)}@example.com`],
  ])('is left out when an identity is linked: %s', async (_name, email) => {
    const { token } = await complete(await visit('liar'));
    const { url, challengeToken } = await startAt(node.url, 'liar', { link: token ?? '' });
    liar.lies = { claims: { email } };

    const input = { challengeToken, ...liar.signIn(url, randomUUID()) };
    const linked = await runProvider(node.url, 'completeIdentityLink', input, token);

    expect(linked).toMatchObject({ __typename: 'IdentityLinked', identity: { email: null } });
  });
});

describe('the callback of a provider', () => {
  it('works once, and only with the challenge of the browser that began the sign-in', async () => {
    const mine = await visit('liar');
    const theirs = await visit('liar');

    // Login CSRF: a victim's browser finishes the sign-in that an attacker began, or the reverse.
    const crossed = { ...mine, challengeToken: theirs.challengeToken };
    expect(await complete(crossed)).toMatchObject({ __typename: 'ChallengeRejected' });
    expect(await complete({ ...crossed, state: theirs.state })).toMatchObject({
      __typename: 'ProviderRejected',
    });

    const own = await visit('liar');
    expect(await complete(own)).toMatchObject({ __typename: 'RegisterSuccess' });
    expect(await complete(own)).toMatchObject({ __typename: 'ChallengeRejected' });
  });

  it('returns the same session on a retry with its idempotency key', async () => {
    const input = { ...(await visit('liar')), idempotencyKey: randomUUID() };

    const first = await complete(input);
    const again = await complete(input);

    expect(again).toMatchObject({ __typename: 'LoginSuccess', session: { id: first.session?.id } });
    expect(await complete({ ...input, idempotencyKey: randomUUID() })).toMatchObject({
      __typename: 'ChallengeRejected',
    });
  });

  it.each([
    [
      'a forged state',
      (input: Brought) => ({ ...input, state: input.state.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) }),
    ],
    ['no state', (input: Brought) => ({ ...input, state: '' })],
    [
      'a forged challenge',
      (input: Brought) => ({ ...input, challengeToken: input.challengeToken.replace(/.$/, 'A') + 'A' }),
    ],
    ['no challenge', (input: Brought) => ({ ...input, challengeToken: '' })],
  ])('is refused before a request to the provider: %s', async (_name, forge) => {
    const input = await visit('liar');
    const asked = liar.asked.length;

    expect(await complete(forge(input))).toMatchObject({ __typename: 'ChallengeRejected' });
    expect(liar.asked).toHaveLength(asked);
  });

  it.each([
    ['a code that the provider never gave', (input: Brought) => ({ ...input, code: randomUUID() })],
    ['no code', (input: Brought) => ({ ...input, code: '' })],
    ['the name of another issuer', (input: Brought) => ({ ...input, iss: 'https://evil.example' })],
  ])('is refused with %s', async (_name, forge) => {
    expect(await complete(forge(await visit('liar')))).toMatchObject({ __typename: 'ProviderRejected' });
  });

  it('is refused without the right `iss` where the provider supports it (RFC 9207), and the code is not sent on', async () => {
    const asked = () => honest.asked.filter((path) => path === '/token').length;
    const before = asked();

    expect(await complete(await visit('honest'))).toMatchObject({ __typename: 'ProviderRejected' });
    const mixedUp = await visit('honest');
    expect(await complete({ ...mixedUp, iss: liar.issuer })).toMatchObject({
      __typename: 'ProviderRejected',
    });
    expect(asked()).toBe(before);
    expect(await complete({ ...(await visit('honest')), iss: honest.issuer })).toMatchObject({
      __typename: 'VerifiedEmailRequired',
    });
  });

  it('redeems the code with the PKCE verifier, which no row contains, and the same redirect URI', async () => {
    const { url } = await startAt(node.url, 'liar');
    const query = new URL(url).searchParams;
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('redirect_uri')).toBe(redirectUri);

    const input = await visit('liar');
    const stored = await rowsOf(node.database, 'select payload from hufu.challenges');
    await complete(input);

    const sent = liar.lastTokenRequest();
    expect(sent.get('redirect_uri')).toBe(redirectUri);
    expect(sent.get('code_verifier')).toMatch(/^[\w-]{43}$/);
    expect(stored).not.toEqual([]);
    expect(JSON.stringify(stored)).not.toContain(sent.get('code_verifier'));
  });
});

type Brought = Awaited<ReturnType<typeof visit>>;

describe('a client that names a provider or URI that is not configured', () => {
  it.each([
    ['provider', { provider: 'nobody', redirectUri }],
    ['redirectUri', { provider: 'liar', redirectUri: 'https://evil.example/' }],
    ['redirectUri', { provider: 'liar', redirectUri: `${redirectUri}/` }],
    ['redirectUri', { provider: 'liar', redirectUri: `${redirectUri}?next=/` }],
  ])('is told that %s is wrong, and its input is not repeated', async (field, input) => {
    const { errors } = await askProvider(node.url, 'startProviderLogin', input);

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors[0]?.message).toContain(field);
    expect(errors[0]?.message).not.toContain('evil');
  });

  it('reads the ids of the configured providers', async () => {
    const { data } = await gql(node.url, { query: '{ providers { id } }' });
    expect(data).toEqual({
      providers: [{ id: 'liar' }, { id: 'honest' }, { id: 'untrusted' }, { id: 'down' }],
    });
  });
});

describe('a provider that does not answer', () => {
  const start = (provider: string) => runProvider(node.url, 'startProviderLogin', { provider, redirectUri });

  it('is unavailable when it is down or its certificate is not trusted', async () => {
    expect(await start('down')).toMatchObject({ __typename: 'ProviderUnavailable' });
    expect(await start('untrusted')).toMatchObject({ __typename: 'ProviderUnavailable' });
    expect(untrusted.asked).toEqual([]);
    expect(logged.join('')).toMatch(/self-signed certificate|ECONNREFUSED/);
  });

  it('is unavailable when it answers 500', async () => {
    const input = await visit('liar');
    liar.lies = { answer: (path, response) => path === '/token' && Boolean(response.writeHead(500).end()) };

    expect(await complete(input)).toMatchObject({ __typename: 'ProviderUnavailable' });
  });

  it('times out after a few seconds, and users of other providers do not wait for it', async () => {
    const waiting = await Promise.all(Array.from({ length: 4 }, () => visit('liar')));
    const other = await visit('honest');
    liar.lies = { answer: (path) => path === '/token' };
    const silent = Promise.all(waiting.map(complete));
    let isOver = false;
    void silent.then(() => (isOver = true));

    expect(await complete({ ...other, iss: honest.issuer })).toMatchObject({
      __typename: 'VerifiedEmailRequired',
    });
    expect(isOver).toBe(false);

    const outcomes = await silent;
    expect(new Set(outcomes.map(({ __typename }) => __typename))).toEqual(new Set(['ProviderUnavailable']));
  });
});

describe('the keys of a provider', () => {
  it('are read again for a token with a new key, at most once a minute', async () => {
    await complete(await visit('liar'));
    await liar.rotate();
    const reads = () => liar.asked.filter((path) => path === '/keys').length;
    const before = reads();

    expect(await complete(await visit('liar'))).toMatchObject({ __typename: 'ProviderRejected' });
    expect(reads()).toBe(before);

    // The library compares the age of the keys with the system clock.
    liar.lies = { claims: { iat: now() } };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await complete(await visit('liar'))).toMatchObject({ __typename: 'RegisterSuccess' });
    expect(reads()).toBe(before + 1);
    vi.useRealTimers();
  });
});
