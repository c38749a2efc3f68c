// Sign-ins at Apple, GitHub and Microsoft, which differ from standard OpenID Connect.

import { createPublicKey, generateKeyPairSync, randomInt, randomUUID } from 'node:crypto';

import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';

import { createProviders } from '../../src/auth/providers/registry.js';
import { noMetrics } from '../../src/observability/metrics.js';
import { type Github, startGithub } from '../support/github.js';
import { type LyingProvider, startLyingProvider } from '../support/lyingProvider.js';
import {
  identitiesOf,
  providerEnv,
  redirectUri,
  returnedBy,
  runProvider,
  startAt,
} from '../support/providers.js';
import { type RunningNode, startNode } from '../support/startNode.js';

const publicUrl = 'https://accounts.example.com';
const appScheme = 'com.example.app:/signed-in';
const { privateKey: appleKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let node: RunningNode;
let apple: LyingProvider;
let github: Github;

beforeAll(async () => {
  [apple, github] = await Promise.all([startLyingProvider({ clientId: 'com.example.web' }), startGithub()]);
  node = await startNode({
    env: {
      LOG_LEVEL: 'silent',
      PROVIDERS: 'apple,github',
      PROVIDER_REDIRECT_URIS: `${redirectUri},${appScheme}`,
      PUBLIC_URL: publicUrl,
      PROVIDER_APPLE_ISSUER: apple.issuer,
      PROVIDER_APPLE_CLIENT_ID: 'com.example.web',
      PROVIDER_APPLE_TEAM_ID: 'TEAM123456',
      PROVIDER_APPLE_KEY_ID: 'KEY1234567',
      PROVIDER_APPLE_PRIVATE_KEY: appleKey
        .export({ type: 'pkcs8', format: 'pem' })
        .toString()
        .replaceAll('\n', String.raw`\n`),
      ...providerEnv('github', github.issuer),
    },
  });
});

const complete = (input: object) => runProvider(node.url, 'completeProviderLogin', { ...input });

describe('a sign-in at Apple', () => {
  const post = (fields: Readonly<Record<string, string>>) =>
    fetch(`${node.url}/providers/apple/callback`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(fields),
    });

  it.each([redirectUri, appScheme])(
    'posts its response to the server, which redirects to %s',
    async (uri) => {
      const { url, challengeToken } = await startAt(node.url, 'apple', { redirectUri: uri });
      const query = new URL(url).searchParams;
      expect(query.get('response_mode')).toBe('form_post');
      expect(query.get('redirect_uri')).toBe(`${publicUrl}/providers/apple/callback`);
      apple.lies = { claims: { email_verified: 'true' } };
      const { code, state } = apple.signIn(url, randomUUID());

      const user = JSON.stringify({ name: { firstName: 'Ada', lastName: 'Lovelace' } });
      const response = await post({ code, state, user, id_token: 'a.b.c' });

      expect(response.status).toBe(303);
      expect(response.headers.get('set-cookie')).toBeNull();
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      const onward = new URL(response.headers.get('location') ?? '');
      expect(onward.href.startsWith(`${uri}?`)).toBe(true);
      expect([...onward.searchParams.keys()].sort()).toEqual(['code', 'state']);
      expect(await complete({ challengeToken, ...returnedBy(onward) })).toMatchObject({
        __typename: 'RegisterSuccess',
      });
      expect(apple.lastTokenRequest().get('redirect_uri')).toBe(`${publicUrl}/providers/apple/callback`);
    },
  );

  it('sends a client secret that is signed with the key and valid for at most 5 minutes', async () => {
    const { url, challengeToken } = await startAt(node.url, 'apple');
    await complete({ challengeToken, ...apple.signIn(url, randomUUID()) });

    const { payload, protectedHeader } = await jwtVerify(
      apple.lastTokenRequest().get('client_secret') ?? '',
      createPublicKey(appleKey),
      { issuer: 'TEAM123456', subject: 'com.example.web', audience: apple.issuer, algorithms: ['ES256'] },
    );

    expect(protectedHeader.kid).toBe('KEY1234567');
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(300);
  });

  it('redirects only to the URIs of the settings', async () => {
    const { url } = await startAt(node.url, 'apple');
    const { code, state } = apple.signIn(url, randomUUID());
    const forged = [
      { code, state: `${state}x` },
      { code, state: 'https://evil.example' },
      { code },
      { state },
      { state, error: 'https://evil.example' },
    ];

    for (const fields of forged) {
      const response = await post(fields);
      expect(response.status).toBe(400);
      expect(response.headers.get('location')).toBeNull();
    }
    const cancelled = await post({ state, error: 'user_cancelled_authorize' });
    expect(new URL(cancelled.headers.get('location') ?? '').searchParams.get('error')).toBe(
      'user_cancelled_authorize',
    );
    expect((await fetch(`${node.url}/providers/apple/callback`)).status).toBe(405);
  });
});

describe('a sign-in at GitHub', () => {
  const primary = (email: string) => ({ email, primary: true, verified: true });

  it('identifies the user by id, and registers the primary e-mail if that is verified', async () => {
    const user = { id: randomInt(1, 2 ** 40), emails: [primary(`${randomUUID()}@example.com`)] };
    const visit = async (who = user) => {
      const { url, challengeToken } = await startAt(node.url, 'github');
      expect(url).toContain(`${github.issuer}/login/oauth/authorize?`);
      expect(new URL(url).searchParams.get('nonce')).toBeNull();
      return complete({ challengeToken, ...github.signIn(url, who) });
    };

    const first = await visit();
    const again = await visit({ ...user, emails: [] });

    expect(first).toMatchObject({ __typename: 'RegisterSuccess', user: { email: user.emails[0]?.email } });
    expect(again).toMatchObject({ __typename: 'LoginSuccess', user: { id: first.user?.id } });
    expect(await identitiesOf(node.url, again.token ?? '')).toMatchObject([{ provider: 'github' }]);
  });

  it.each([
    ['no', []],
    ['no primary', [{ email: 'a@example.com', primary: false, verified: true }]],
    ['no verified', [{ email: 'a@example.com', primary: true, verified: false }]],
  ])('makes no account for a user with %s e-mail', async (_name, emails) => {
    const { url, challengeToken } = await startAt(node.url, 'github');
    const input = { challengeToken, ...github.signIn(url, { id: randomInt(1, 2 ** 40), emails }) };

    expect(await complete(input)).toMatchObject({ __typename: 'VerifiedEmailRequired' });
  });

  it.each([
    [
      'accepts a response without an issuer, as earlier versions of GitHub Enterprise send it',
      null,
      'VerifiedEmailRequired',
    ],
    ['refuses a response with another issuer', 'https://evil.example', 'ProviderRejected'],
  ])('%s', async (_name, iss, answer) => {
    const { url, challengeToken } = await startAt(node.url, 'github');
    const returned = github.signIn(url, { id: randomInt(1, 2 ** 40), emails: [] });

    expect(await complete({ challengeToken, ...returned, iss })).toMatchObject({ __typename: answer });
  });

  it('is refused when GitHub refuses the code with status 200', async () => {
    const { url, challengeToken } = await startAt(node.url, 'github');
    const { state } = github.signIn(url, { id: 1, emails: [] });

    expect(await complete({ challengeToken, state, code: randomUUID() })).toMatchObject({
      __typename: 'ProviderRejected',
    });
  });
});

describe('a sign-in at Microsoft', () => {
  const [tenant, oid] = [randomUUID(), randomUUID()];

  /** Signs in at `login.microsoftonline.com`, whose answers come from the test. */
  async function prove(claims: object) {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const host = 'https://login.microsoftonline.com';
    const seconds = Math.floor(Date.now() / 1_000);
    const request = { redirectUri, state: 'a-state', nonce: 'a-nonce', codeVerifier: 'v'.repeat(43) };
    const answers: Readonly<Record<string, () => Promise<object>>> = {
      [`${host}/common/v2.0/.well-known/openid-configuration`]: () =>
        Promise.resolve({
          issuer: `${host}/{tenantid}/v2.0`,
          authorization_endpoint: `${host}/common/oauth2/v2.0/authorize`,
          token_endpoint: `${host}/common/oauth2/v2.0/token`,
          jwks_uri: `${host}/common/discovery/v2.0/keys`,
          userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
          id_token_signing_alg_values_supported: ['RS256'],
        }),
      [`${host}/common/discovery/v2.0/keys`]: async () => ({
        keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }],
      }),
      'https://graph.microsoft.com/oidc/userinfo': () =>
        Promise.resolve({ sub: 'of-this-app-only', email: 'eve@example.com' }),
      [`${host}/common/oauth2/v2.0/token`]: async () => ({
        access_token: 'a',
        token_type: 'Bearer',
        id_token: await new SignJWT({
          iss: `${host}/${tenant}/v2.0`,
          aud: 'hufu',
          sub: 'of-this-app-only',
          iat: seconds,
          exp: seconds + 300,
          nonce: request.nonce,
          tid: tenant,
          oid,
          email: 'ada@example.com',
          ...claims,
        })
          .setProtectedHeader({ alg: 'RS256', kid: 'k' })
          .sign(privateKey),
      }),
    };
    const microsoft = {
      id: 'microsoft',
      kind: 'microsoft',
      issuer: `${host}/common/v2.0`,
      clientId: 'hufu',
      credentials: { kind: 'secret', secret: 'a secret' },
      scopes: 'openid email profile',
      verifiesEmail: false,
    } as const;
    const providers = createProviders(
      { list: [microsoft], redirectUris: [redirectUri] },
      {
        clock: { now: () => new Date() },
        wallClockAheadMs: () => 0,
        publicUrl: null,
        log: { warn: () => undefined },
        metrics: noMetrics,
        fetch: async (url) =>
          Response.json(await answers[url instanceof Request ? url.url : url.toString()]?.()),
      },
    );
    return providers.find('microsoft')?.prove('', { ...request, code: 'a-code', iss: null });
  }

  it('identifies the user by tenant and `oid`, not by the `sub` of the app', async () => {
    expect(await prove({})).toMatchObject({
      kind: 'proven',
      identity: {
        issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
        subject: oid,
        email: 'ada@example.com',
        emailVerified: false,
      },
    });
  });

  it('trusts an e-mail only where its domain is verified', async () => {
    expect(await prove({ xms_edov: true })).toMatchObject({ identity: { emailVerified: true } });
    expect(await prove({ email_verified: true })).toMatchObject({ identity: { emailVerified: false } });
    // `xms_edov` is about the e-mail of the token, not about that of the userinfo endpoint.
    expect(await prove({ email: undefined, xms_edov: true })).toMatchObject({
      identity: { email: 'eve@example.com', emailVerified: false },
    });
  });

  it.each([
    ['of another tenant than its issuer', { tid: randomUUID() }],
    ['without tid', { tid: undefined }],
    ['without oid', { oid: undefined }],
    ['with a tid that is no uuid', { tid: '../evil', iss: 'https://login.microsoftonline.com/../evil/v2.0' }],
  ])('is refused with a token %s', async (_name, claims) => {
    expect(await prove(claims)).toEqual({ kind: 'providerRejected' });
  });
});
