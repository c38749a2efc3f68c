// GitHub: OAuth 2 without OpenID Connect. Who the person is, and which e-mails they have verified, only its API tells.

import * as openid from 'openid-client';
import { z } from 'zod';

import { type ProviderConfig } from '../../config/providers.js';
import { type ProviderProtocol } from './protocol.js';
import { allowPlainHttp, ProviderLie, requestTimeoutSeconds, responseUrl } from './requests.js';

const githubUrl = 'https://github.com';

const user = z.object({ id: z.number().int().positive() });
const emails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };

export function createGithubProtocol(provider: ProviderConfig, fetch: openid.CustomFetch): ProviderProtocol {
  const { issuer, clientId, credentials } = provider;
  // The issuer that its responses name (RFC 9207).
  const server = `${issuer}/login/oauth`;
  const config = new openid.Configuration(
    {
      issuer: server,
      authorization_endpoint: `${server}/authorize`,
      token_endpoint: `${server}/access_token`,
    },
    clientId,
    {},
    openid.ClientSecretPost(credentials.kind === 'secret' ? credentials.secret : ''),
  );
  config[openid.customFetch] = fetch;
  config.timeout = requestTimeoutSeconds;
  if (issuer.startsWith('http:')) allowPlainHttp(config);
  // GitHub Enterprise Server has its API below its own URL.
  const api = issuer === githubUrl ? 'https://api.github.com' : `${issuer}/api/v3`;

  const ask = async <T>(accessToken: string, path: string, shape: z.ZodType<T>): Promise<T> => {
    const url = new URL(`${api}${path}`);
    const response = await openid.fetchProtectedResource(
      config,
      accessToken,
      url,
      'GET',
      null,
      new Headers(headers),
    );
    if (!response.ok) throw new ProviderLie('the API refuses', { cause: response });
    const parsed = shape.safeParse(await response.json());
    if (!parsed.success) throw new ProviderLie('the API answers in another form');
    return parsed.data;
  };

  return {
    async authorizationUrl({ redirectUri, state, codeVerifier }) {
      return openid.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: provider.scopes,
        state,
        code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
    },

    async prove(response) {
      const { access_token: accessToken } = await openid.authorizationCodeGrant(
        config,
        responseUrl(response),
        {
          expectedState: response.state,
          pkceCodeVerifier: response.codeVerifier,
        },
      );
      const { id } = await ask(accessToken, '/user', user);
      const owned = await ask(accessToken, '/user/emails', emails);
      const primary = owned.find((one) => one.primary && one.verified);
      return {
        issuer,
        subject: String(id),
        email: primary?.email ?? null,
        emailVerified: primary !== undefined,
        sid: null,
      };
    },

    readLogout: null,
  };
}
