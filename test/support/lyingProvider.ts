// A minimal OpenID Connect provider that lies on request: a test can change every claim, header and response.

import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

import { freePort } from './freePort.js';
import { listen } from './listen.js';

export interface Lies {
  /** Replaces claims of the ID token; undefined leaves one out. */
  claims?: Readonly<Record<string, unknown>>;
  /** Makes the ID token from the claims of an honest one. */
  idToken?: (claims: Readonly<Record<string, unknown>>) => Promise<string> | string;
  /** Answers a request and returns true, or returns false for the honest response. */
  answer?: (path: string, response: ServerResponse) => boolean;
}

export interface LyingProvider {
  readonly issuer: string;
  /** Tests change them; empty for an honest provider. */
  lies: Lies;
  /** The paths of all requests. */
  readonly asked: string[];
  /** Returns the body of the last request to the token endpoint. */
  lastTokenRequest(): URLSearchParams;
  /** Signs a person in at the authorization URL and returns the parameters of the redirect. */
  signIn(url: string, subject: string): { readonly code: string; readonly state: string };
  /** Signs any JWT with the provider's key. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** Replaces the key, as a rotation does. */
  rotate(): Promise<void>;
  publicKey(): JWK;
}

export async function startLyingProvider(
  options: {
    readonly clientId?: string;
    readonly tls?: { readonly key: string; readonly cert: string };
    /** Whether its responses name their issuer (RFC 9207). */
    readonly namesIssuer?: boolean;
  } = {},
): Promise<LyingProvider> {
  const { clientId = 'hufu', tls } = options;
  const port = await freePort();
  const issuer = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`;
  const codes = new Map<
    string,
    { readonly subject: string; readonly nonce: string | null; readonly challenge: string }
  >();
  const asked: string[] = [];
  let key = await makeKey();
  let lastTokenRequest = new URLSearchParams();

  const provider: LyingProvider = {
    issuer,
    lies: {},
    asked,
    lastTokenRequest: () => lastTokenRequest,
    signIn(url, subject) {
      const query = new URL(url).searchParams;
      const code = randomUUID();
      codes.set(code, { subject, nonce: query.get('nonce'), challenge: query.get('code_challenge') ?? '' });
      return { code, state: query.get('state') ?? '' };
    },
    sign: (claims, header = {}) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: key.jwk.kid ?? '', ...header })
        .sign(key.privateKey),
    async rotate() {
      key = await makeKey();
    },
    publicKey: () => key.jwk,
  };

  const answers: Readonly<Record<string, (body: URLSearchParams) => Promise<object>>> = {
    '/.well-known/openid-configuration': () =>
      Promise.resolve({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        // HS256 and `none` let tests send tokens that an attacker could make.
        id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
        ...(options.namesIssuer === true ? { authorization_response_iss_parameter_supported: true } : {}),
      }),
    '/keys': () => Promise.resolve({ keys: [key.jwk] }),
    '/token': async (body) => {
      lastTokenRequest = body;
      const issued = codes.get(body.get('code') ?? '');
      codes.delete(body.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(body.get('code_verifier') ?? '')
        .digest('base64url');
      if (issued?.challenge !== challenge) return { error: 'invalid_grant', status: 400 };
      const seconds = Math.floor(Date.now() / 1_000);
      const honest = {
        iss: issuer,
        sub: issued.subject,
        aud: clientId,
        iat: seconds,
        exp: seconds + 300,
        nonce: issued.nonce,
        email: `${issued.subject}@example.com`,
        email_verified: true,
      };
      const claims = { ...honest, ...provider.lies.claims };
      const idToken = await (provider.lies.idToken ?? provider.sign)(claims);
      return {
        access_token: `access-${randomUUID()}`,
        token_type: 'Bearer',
        expires_in: 300,
        id_token: idToken,
      };
    },
  };

  const server: Server = tls === undefined ? createServer() : createTlsServer(tls);
  server.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = new URL(request.url ?? '/', issuer).pathname;
      asked.push(path);
      if (provider.lies.answer?.(path, response) === true) return;
      const answer = answers[path];
      void answer?.(new URLSearchParams(Buffer.concat(chunks).toString())).then((body) => {
        const status = 'status' in body && typeof body.status === 'number' ? body.status : 200;
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
  });
  await listen(server, port);
  return provider;
}

async function makeKey() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk: JWK = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: randomUUID() };
  return { privateKey, jwk };
}
