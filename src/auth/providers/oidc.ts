// OpenID Connect providers, and what Google, Microsoft and Apple do differently.

import { createPrivateKey, type KeyObject } from 'node:crypto';

import { createRemoteJWKSet, customFetch as joseFetch, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import * as openid from 'openid-client';

import { type Clock, systemClock } from '../../common/clock.js';
import { type ProviderConfig } from '../../config/providers.js';
import { type LogoutClaims, type ProvenIdentity, type ProviderProtocol } from './protocol.js';
import { allowPlainHttp, ProviderLie, requestTimeoutSeconds, responseUrl } from './requests.js';

/** How long a discovery document is used, in milliseconds. Keys are read again after 5 to 10 minutes, and for a new `kid`. */
const discoveryMs = 3_600_000;

/** How long what failed is not tried again, in milliseconds: the provider is not asked for each visitor. */
const failureMs = 5_000;

/** How long Apple may see one client secret, in seconds. */
const appleSecretSeconds = 300;

export interface OidcParts {
  readonly fetch: openid.CustomFetch;
  readonly clock: Clock;
  /** How far this machine's wall clock is ahead of the clock of all nodes, in milliseconds. */
  readonly wallClockAheadMs: () => number;
}

/** A provider whose discovery document has been read. */
interface Discovered {
  readonly config: openid.Configuration;
  readonly server: openid.ServerMetadata;
  readonly keys: ReturnType<typeof createRemoteJWKSet> | null;
}

/** Nothing is asked of the provider before the first person uses it: a node starts without it. */
export function createOidcProtocol(provider: ProviderConfig, parts: OidcParts): ProviderProtocol {
  const { clock } = parts;
  const appleKey =
    provider.credentials.kind === 'key' ? createPrivateKey(provider.credentials.privateKey) : null;
  const discovered = cached(parts, discoveryMs, () => discover(provider, parts));

  return {
    async authorizationUrl({ redirectUri, state, nonce, codeVerifier }) {
      const { config } = await discovered();
      return openid.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: provider.scopes,
        state,
        nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        // Apple gives an e-mail by POST only.
        ...(provider.kind === 'apple' ? { response_mode: 'form_post' } : {}),
      });
    },

    async prove(response) {
      const { config, server } = await discovered();
      const secret =
        appleKey === null ? undefined : { client_secret: await appleSecret(provider, appleKey, clock) };
      const tokens = await openid.authorizationCodeGrant(
        config,
        responseUrl(response),
        {
          expectedState: response.state,
          expectedNonce: response.nonce,
          pkceCodeVerifier: response.codeVerifier,
          idTokenExpected: true,
        },
        secret,
      );
      const claims = tokens.claims();
      if (claims === undefined) throw new ProviderLie('there is no ID token');
      // The library looks at it only where the token has several audiences (OpenID Connect Core, section 3.1.3.7).
      if (claims.azp !== undefined && claims.azp !== provider.clientId)
        throw new ProviderLie('the ID token was issued to another client');
      // The library requires a number here, and compares it with nothing.
      const latestMs = systemClock.now().getTime() - parts.wallClockAheadMs() + toleranceSeconds * 1_000;
      if (claims.iat * 1_000 > latestMs) throw new ProviderLie('the ID token was issued in the future');
      // `email_verified` is about the e-mail beside it: both come from the token, or both from the user info.
      const emailClaims =
        claims['email'] === undefined && server.userinfo_endpoint !== undefined
          ? await openid.fetchUserInfo(config, tokens.access_token, claims.sub)
          : claims;
      return {
        ...keyOf(provider, claims),
        ...emailOf(provider, emailClaims),
        sid: textOf(claims['sid']),
      };
    },

    readLogout:
      provider.kind === 'oidc'
        ? async (token, now) => {
            const { server, keys } = await discovered();
            if (keys === null) throw new ProviderLie('the discovery document has no keys');
            const { payload } = await jwtVerify(token, keys, {
              issuer: server.issuer,
              audience: provider.clientId,
              algorithms: asymmetricAlgorithms,
              typ: 'logout+jwt',
              requiredClaims: ['iat', 'exp', 'jti', 'events'],
              maxTokenAge: maxLogoutAgeSeconds,
              clockTolerance: toleranceSeconds,
              currentDate: now,
            });
            return toLogoutClaims(server.issuer, payload);
          }
        : null,
  };
}

/** How far a provider's clock may be off. */
const toleranceSeconds = 30;

/** How old a logout token may be when it arrives; its id is remembered as long. */
const maxLogoutAgeSeconds = 120;

/** After so many seconds from its issue a logout token is refused by its age. */
export const logoutTokenSeconds = maxLogoutAgeSeconds + 2 * toleranceSeconds;

/** Only asymmetric ones: a published key must not serve as a shared secret (RFC 8725 section 3.1). */
const asymmetricAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

async function discover(provider: ProviderConfig, parts: OidcParts): Promise<Discovered> {
  const { fetch, wallClockAheadMs } = parts;
  const { clientId, credentials } = provider;
  const issuer = new URL(provider.issuer);
  const config = await openid.discovery(
    issuer,
    clientId,
    // The library takes the time from the machine's own clock.
    {
      [openid.clockSkew]: -Math.round(wallClockAheadMs() / 1_000),
      [openid.clockTolerance]: toleranceSeconds,
    },
    credentials.kind === 'secret' ? withSecret(credentials.secret) : openid.None(),
    {
      [openid.customFetch]: fetch,
      timeout: requestTimeoutSeconds,
      execute: [openid.enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [allowPlainHttp] : [])],
    },
  );
  const server = config.serverMetadata();
  const keysUrl = server.jwks_uri;
  const keys =
    keysUrl === undefined
      ? null
      : createRemoteJWKSet(secureUrl(keysUrl, issuer), {
          // It keeps the keys itself, but asks again at once where it got none.
          [joseFetch]: cached(parts, 0, fetchKeys(fetch)),
          timeoutDuration: requestTimeoutSeconds * 1_000,
        });
  return { config, server, keys };
}

/**
 * Sends the client's secret in the body, or by HTTP Basic to a provider whose discovery document has nothing else for a secret.
 * The body is first: many providers do not decode what RFC 6749, section 2.3.1 wants encoded in the header.
 */
function withSecret(secret: string): openid.ClientAuth {
  const post = openid.ClientSecretPost(secret);
  const basic = openid.ClientSecretBasic(secret);
  return (server, ...request) => {
    // Where the list is missing, the standard means Basic, but providers without one may take the body alone.
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_post'];
    const takesBasicOnly = methods.includes('client_secret_basic') && !methods.includes('client_secret_post');
    (takesBasicOnly ? basic : post)(server, ...request);
  };
}

function secureUrl(url: string, issuer: URL): URL {
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && issuer.protocol === 'https:')
    throw new ProviderLie('the URL of the keys is not https');
  return parsed;
}

function fetchKeys(fetch: openid.CustomFetch) {
  return async (
    url: string,
    options: { readonly headers: Headers; readonly method: string; readonly signal: AbortSignal },
  ) => {
    const response = await fetch(url, {
      body: null,
      headers: Object.fromEntries(options.headers),
      method: options.method,
      redirect: 'manual',
      signal: options.signal,
    });
    if (!response.ok) throw new ProviderLie('the keys cannot be read', { cause: response });
    return response;
  };
}

/** The shift of the wall clock that does no harm, in milliseconds: less than {@link toleranceSeconds}. */
const maxShiftMs = 5_000;

/**
 * Keeps what a look-up found for that long, shares it among all that ask meanwhile, and for a moment that it failed. Where a
 * clock has been set since, it looks again: the libraries tell the time and the age of keys by the machine's wall clock.
 */
function cached<T, Asked extends readonly unknown[]>(
  { clock, wallClockAheadMs }: Pick<OidcParts, 'clock' | 'wallClockAheadMs'>,
  keptMs: number,
  look: (...asked: Asked) => Promise<T>,
): (...asked: Asked) => Promise<T> {
  let found: Promise<T> | null = null;
  let foundAtMs = 0;
  let aheadMs = 0;
  let forMs = 0;
  const begin = (ms: number) => {
    foundAtMs = clock.now().getTime();
    forMs = ms;
  };
  const isKept = () => {
    const ageMs = clock.now().getTime() - foundAtMs;
    return ageMs >= 0 && ageMs < forMs && Math.abs(wallClockAheadMs() - aheadMs) < maxShiftMs;
  };
  return (...asked) => {
    if (found !== null && isKept()) return found;
    aheadMs = wallClockAheadMs();
    begin(keptMs);
    found = look(...asked);
    found.catch(() => {
      begin(failureMs);
    });
    return found;
  };
}

/** Apple's substitute for a client secret: a JWT that the service signs. */
async function appleSecret(provider: ProviderConfig, key: KeyObject, clock: Clock): Promise<string> {
  if (provider.credentials.kind !== 'key') throw new Error('not a provider with a key');
  const { teamId, keyId } = provider.credentials;
  const seconds = Math.floor(clock.now().getTime() / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: keyId })
    .setIssuer(teamId)
    .setSubject(provider.clientId)
    .setAudience(provider.issuer)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + appleSecretSeconds)
    .sign(key);
}

const guid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The key of an identity. Microsoft's `sub` differs for each app; `oid` is the person's in the tenant that signs. */
function keyOf({ kind }: ProviderConfig, claims: openid.IDToken): Pick<ProvenIdentity, 'issuer' | 'subject'> {
  if (kind !== 'microsoft') return { issuer: claims.iss, subject: requireSubject(claims.sub) };
  const { tid, oid } = claims;
  if (typeof tid !== 'string' || typeof oid !== 'string' || !guid.test(tid) || !guid.test(oid))
    throw new ProviderLie('the ID token has no tid and oid');
  return {
    issuer: `https://login.microsoftonline.com/${tid.toLowerCase()}/v2.0`,
    subject: oid.toLowerCase(),
  };
}

/** The most characters of a subject (OpenID Connect Core, section 2). */
const maxSubject = 255;

function requireSubject(sub: string): string {
  if (!/^[\x21-\x7e]+$/.test(sub) || sub.length > maxSubject)
    throw new ProviderLie('the subject is malformed');
  return sub;
}

function emailOf(
  { kind }: ProviderConfig,
  claims: Readonly<Record<string, unknown>>,
): Pick<ProvenIdentity, 'email' | 'emailVerified'> {
  const email = textOf(claims['email']);
  // Entra ID has no `email_verified`: this optional claim says that the domain's owner has verified the e-mail.
  const verified = kind === 'microsoft' ? claims['xms_edov'] : claims['email_verified'];
  const isText = kind === 'apple' || kind === 'microsoft';
  return { email, emailVerified: verified === true || (isText && (verified === 'true' || verified === '1')) };
}

/** A short text; null for anything else. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' &&
    value !== '' &&
    value.length <= maxSubject &&
    value.isWellFormed() &&
    !value.includes('\0')
    ? value
    : null;
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/** Checks what a JWT's own rules do not (OpenID Connect Back-Channel Logout 1.0, section 2.6). */
function toLogoutClaims(issuer: string, claims: JWTPayload): LogoutClaims {
  const { events, nonce, jti, iat, sub, sid } = claims;
  const event =
    typeof events === 'object' && events !== null ? (events as Record<string, unknown>)[logoutEvent] : null;
  if (typeof event !== 'object' || event === null)
    throw new ProviderLie('the logout token has no logout event');
  // Else an ID token could pass for one.
  if (nonce !== undefined) throw new ProviderLie('the logout token has a nonce');
  const [subject, providerSession] = [textOf(sub), textOf(sid)];
  if (subject === null && providerSession === null)
    throw new ProviderLie('the logout token names neither a subject nor a session');
  if (textOf(jti) === null || jti === undefined || iat === undefined)
    throw new ProviderLie('the logout token has no id');
  return { issuer, subject, sid: providerSession, jti, issuedAt: new Date(iat * 1_000) };
}
