// A real authorization server in this process with its own login pages, and a browser without a window that fills them in.

import { createServer } from 'node:http';

import { exportJWK, generateKeyPair } from 'jose';

import { freePort } from './freePort.js';
import { listen } from './listen.js';

export const clientSecret = 'a-client-secret-of-the-tests-0123456789';

export interface OidcProvider {
  readonly issuer: string;
  /** The claims by person; a person without an entry has a verified e-mail. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  /** Opens the authorization URL, signs in as a person, and returns the URL that the provider redirects to. */
  signIn(url: string, person: string, cookies?: Map<string, string>): Promise<URL>;
  /** Signs a person out at the provider, in the browser with these cookies. */
  signOut(cookies: Map<string, string>): Promise<void>;
}

export interface OidcOptions {
  readonly clientId: string;
  /** The URLs that the provider may redirect to. */
  readonly redirectUris: readonly string[];
  /** The URL of back-channel logout. A function, since it is known only once the node listens. */
  readonly logoutUri?: () => string;
  /** Puts the e-mail into the ID token; else only the UserInfo endpoint has it (OpenID Connect Core section 5.4). */
  readonly claimsInToken?: boolean;
  /** How the client sends its secret; the provider takes no other way. */
  readonly clientAuthentication?: 'client_secret_post' | 'client_secret_basic';
}

export async function startOidcProvider(options: OidcOptions): Promise<OidcProvider> {
  const { clientAuthentication = 'client_secret_post' } = options;
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
          token_endpoint_auth_method: clientAuthentication,
          ...(options.logoutUri === undefined
            ? {}
            : {
                backchannel_logout_uri: 'http://127.0.0.1/replaced-by-fetch',
                backchannel_logout_session_required: true,
              }),
        },
      ],
      clientAuthMethods: [clientAuthentication],
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
      // Its own fetch refuses requests to the loopback interface.
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
  await listen(server, port);

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
      throw new Error(`the provider did not redirect: ${page.text}`);
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

/** Silences the library, which prints advice for production when it is loaded and constructed. */
async function quietly<T>(make: () => Promise<T>): Promise<T> {
  const { info, warn } = console;
  console.info = console.warn = () => undefined;
  try {
    return await make();
  } finally {
    Object.assign(console, { info, warn });
  }
}
