// An OpenID Connect provider of a few lines that lies when it is told to: a test changes any claim, header or answer.

import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

import { freePort } from './freePort.js';
import { whenFileEnds } from './whenFileEnds.js';

export interface Lies {
  /** Replaces claims of the ID token; undefined leaves one out. */
  claims?: Readonly<Record<string, unknown>>;
  /** Makes the ID token itself, of the claims that an honest one would have. */
  idToken?: (claims: Readonly<Record<string, unknown>>) => Promise<string> | string;
  /** Answers a request itself; returns false to answer honestly. */
  answer?: (path: string, response: ServerResponse) => boolean;
}

export interface LyingProvider {
  readonly issuer: string;
  /** Changed by tests; empty for an honest provider. */
  lies: Lies;
  /** The paths that were asked for. */
  readonly asked: string[];
  /** What was sent to the token endpoint last. */
  lastTokenRequest(): URLSearchParams;
  /** What a person brings back who went to the URL and signed in. */
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
        // Also a lie, for the tokens that use them.
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
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  whenFileEnds(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return provider;
}

async function makeKey() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk: JWK = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: randomUUID() };
  return { privateKey, jwk };
}
