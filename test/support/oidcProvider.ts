// A real authorization server in this process, with login pages of its own, and a person who goes through them.

import { once } from 'node:events';
import { createServer } from 'node:http';

import { exportJWK, generateKeyPair } from 'jose';

import { freePort } from './freePort.js';
import { whenFileEnds } from './whenFileEnds.js';

export const clientSecret = 'a-client-secret-of-the-tests-0123456789';

export interface OidcProvider {
  readonly issuer: string;
  /** What the provider says of each person; one that is not there has an e-mail that is verified. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  /** Goes to the authorization URL, signs in as a person, and gives the URL that the provider sends them back to. */
  signIn(url: string, person: string, cookies?: Map<string, string>): Promise<URL>;
  /** Signs a person out at the provider, in the browser with these cookies. */
  signOut(cookies: Map<string, string>): Promise<void>;
}

export interface OidcOptions {
  readonly clientId: string;
  /** Where people return to. */
  readonly redirectUris: readonly string[];
  /** Told when a person signs out; only known once the node listens. */
  readonly logoutUri?: () => string;
  /** Whether the e-mail stands in the ID token; else at the UserInfo endpoint alone, as OpenID Connect has it. */
  readonly claimsInToken?: boolean;
}

export async function startOidcProvider(options: OidcOptions): Promise<OidcProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${String(port)}`;
  const people = new Map<string, Readonly<Record<string, unknown>>>();
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const provider = await quietly(async () => {
    const { default: Provider } = await import('oidc-provider');
    return new Provider(issuer, {
      clients: [
        {
          client_id: options.clientId,
          client_secret: clientSecret,
          redirect_uris: [...options.redirectUris],
          token_endpoint_auth_method: 'client_secret_post',
          ...(options.logoutUri === undefined
            ? {}
            : {
                backchannel_logout_uri: 'http://127.0.0.1/replaced-by-fetch',
                backchannel_logout_session_required: true,
              }),
        },
      ],
      jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'provider' }] },
      cookies: { keys: ['a-cookie-key-of-the-tests'] },
      claims: { openid: ['sub', 'sid'], email: ['email', 'email_verified'] },
      conformIdTokenClaims: options.claimsInToken !== true,
      features: {
        devInteractions: { enabled: true },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource(context, form) {
            context.body = form;
          },
        },
      },
      // The guard of its own fetch lets no request to this machine through.
      fetch: (_url, init) =>
        fetch(options.logoutUri?.() ?? '', {
          method: init?.method ?? 'GET',
          headers: new Headers(init?.headers),
          body: init?.body ?? null,
          signal: init?.signal ?? null,
        }),
      findAccount: (_context, sub) => ({
        accountId: sub,
        claims: () => ({ sub, email: `${sub}@example.com`, email_verified: true, ...people.get(sub) }),
      }),
      ttl: {
        AccessToken: 600,
        AuthorizationCode: 60,
        Grant: 600,
        IdToken: 600,
        Interaction: 600,
        Session: 600,
      },
    });
  });
  const handle = provider.callback();
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  whenFileEnds(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  return {
    issuer,
    people,
    async signIn(url, person, cookies = new Map()) {
      let page = await visit(url, cookies);
      for (let steps = 0; steps < 12; steps += 1) {
        if (page.redirect !== null) {
          if (!page.redirect.href.startsWith(issuer)) return page.redirect;
          page = await visit(page.redirect.href, cookies);
          continue;
        }
        page = await submit(page, { login: person, password: 'any' }, cookies);
      }
      throw new Error(`the provider never sent the person back: ${page.text}`);
    },
    async signOut(cookies) {
      const page = await visit(`${issuer}/session/end`, cookies);
      await submit(page, { logout: 'yes' }, cookies);
    },
  };
}

interface Page {
  readonly url: string;
  readonly text: string;
  readonly redirect: URL | null;
}

async function visit(url: string, cookies: Map<string, string>, body?: URLSearchParams): Promise<Page> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    redirect: 'manual',
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    body: body ?? null,
  });
  for (const cookie of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (value === '') cookies.delete(name);
    else cookies.set(name, value);
  }
  const location = response.headers.get('location');
  return {
    url,
    text: await response.text(),
    redirect: location === null ? null : new URL(location, url),
  };
}

/** Fills in the form of a page, hidden fields included. */
async function submit(
  page: Page,
  fields: Readonly<Record<string, string>>,
  cookies: Map<string, string>,
): Promise<Page> {
  const action = /action="([^"]+)"/.exec(page.text)?.[1];
  if (action === undefined) throw new Error(`no form: ${page.text}`);
  const hidden = [...page.text.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const body = new URLSearchParams(
    hidden.map(([, name = '', value = '']): [string, string] => [name, value]),
  );
  for (const [name, value] of Object.entries(fields)) {
    if (page.text.includes(`name="${name}"`) || name === 'logout') body.set(name, value);
  }
  return visit(new URL(action, page.url).href, cookies, body);
}

/** The library prints advice for production when it is loaded and made. */
async function quietly<T>(make: () => Promise<T>): Promise<T> {
  const { info, warn } = console;
  console.info = console.warn = () => undefined;
  try {
    return await make();
  } finally {
    Object.assign(console, { info, warn });
  }
}
