// A minimal GitHub, at the URLs of a GitHub Enterprise Server.

import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

import { freePort } from './freePort.js';
import { listen } from './listen.js';

export interface Github {
  readonly issuer: string;
  /** Signs a user in at the authorization URL and returns the parameters of the redirect. */
  signIn(
    url: string,
    user: GithubUser,
  ): { readonly code: string; readonly state: string; readonly iss: string };
}

export interface GithubUser {
  readonly id: number;
  readonly emails: readonly {
    readonly email: string;
    readonly primary: boolean;
    readonly verified: boolean;
  }[];
}

export async function startGithub(): Promise<Github> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${String(port)}`;
  const codes = new Map<string, { readonly user: GithubUser; readonly challenge: string }>();
  const tokens = new Map<string, GithubUser>();

  const answer = (path: string, body: URLSearchParams, bearer: string): object | null => {
    if (path === '/login/oauth/access_token') {
      const issued = codes.get(body.get('code') ?? '');
      codes.delete(body.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(body.get('code_verifier') ?? '')
        .digest('base64url');
      // GitHub answers an error with status 200.
      if (issued?.challenge !== challenge)
        return { error: 'bad_verification_code', error_description: 'secret words' };
      const token = randomUUID();
      tokens.set(token, issued.user);
      return { access_token: token, token_type: 'bearer', scope: 'user:email' };
    }
    const user = tokens.get(bearer);
    if (user === undefined) return null;
    return path === '/api/v3/user'
      ? { id: user.id, login: 'ada' }
      : path === '/api/v3/user/emails'
        ? user.emails
        : null;
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bearer = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const body = answer(request.url ?? '', new URLSearchParams(Buffer.concat(chunks).toString()), bearer);
      response
        .writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(body));
    });
  });
  await listen(server, port);
  return {
    issuer,
    signIn(url, user) {
      const query = new URL(url).searchParams;
      const code = randomUUID();
      codes.set(code, { user, challenge: query.get('code_challenge') ?? '' });
      return { code, state: query.get('state') ?? '', iss: `${issuer}/login/oauth` };
    },
  };
}
