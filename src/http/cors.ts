// Decides which web pages may read the answers. A page sets the token's header itself, and no cookie is used, so credentials
// are never allowed. A page of any other origin gets no CORS header, and its browser keeps the answer from it.

import { type IncomingHttpHeaders } from 'node:http';

import { parseOrigin } from '../config/http.js';
import { type Log } from '../observability/log.js';
import { type HttpResponse } from './responses.js';
import { graphqlMethods } from './route.js';

export interface CorsOptions {
  /** Exact origins, such as `https://app.example.com`. */
  readonly origins: readonly string[];
  /** Lets Apollo's hosted Sandbox in, also from a public site to this machine. */
  readonly development: boolean;
  readonly log: Log;
}

export interface Cors {
  /** Returns the headers, names and values in turn, of every answer to a page of the request's origin. */
  headersFor(headers: IncomingHttpHeaders): readonly string[];
  /** Returns the answer to OPTIONS, to which the headers of {@link headersFor} are added. */
  preflight(headers: IncomingHttpHeaders): HttpResponse;
}

const hostedSandbox = 'https://studio.apollographql.com';

const allowedHeaders = [
  'authorization',
  'content-type',
  'x-request-id',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'apollographql-client-name',
  'apollographql-client-version',
  'traceparent',
  'tracestate',
];

/** The names of headers that a page may ask to send: more than monitoring tools add. */
const maxAskedBytes = 4_096;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

/** How many pages the log names in development. */
const maxLoggedPages = 20;

/** Two hours: the longest that Chromium remembers. */
const maxAgeSeconds = '7200';

export function createCors({ origins, development, log }: CorsOptions): Cors {
  const allow = (origin: string) => [
    'access-control-allow-origin',
    origin,
    'access-control-expose-headers',
    'x-request-id, retry-after',
  ];
  const known = [...origins, ...(development ? [hostedSandbox] : [])];
  // Where no origin is known, the answer does not depend on it.
  const vary = known.length === 0 ? [] : ['vary', 'origin'];
  const listed = new Map(known.map((origin) => [origin, [...vary, ...allow(origin)]]));

  const logged = new Set<string>();
  const logOnce = (sent: string) => {
    // A value that is no origin is the client's own text, and is not logged.
    const page = sent === 'null' ? sent : parseOrigin(sent);
    if (page === null || logged.has(page) || logged.size >= maxLoggedPages) return;
    logged.add(page);
    log.warn(
      page === 'null'
        ? 'CORS_ORIGINS: a page without an origin of its own (a file, a sandboxed frame) may not call the API. Serve it over HTTP and add its origin.'
        : `CORS_ORIGINS: the page ${page} may not call the API. Add ${page} to CORS_ORIGINS to let it in.`,
    );
  };

  return {
    headersFor(headers) {
      const { origin } = headers;
      if (origin === undefined) return vary;
      const allowed = listed.get(origin);
      if (allowed === undefined && development && isFromElsewhere(headers)) logOnce(origin);
      return allowed ?? vary;
    },

    preflight(headers) {
      const isListed = headers.origin !== undefined && listed.has(headers.origin);
      if (!isListed || headers['access-control-request-method'] === undefined) {
        return { status: 204, headers: ['allow', graphqlMethods], body: '' };
      }
      // Chromium asks before a public page may reach the private network or this machine.
      const fromOutside = development && headers['access-control-request-private-network'] === 'true';
      return {
        status: 204,
        headers: [
          'access-control-allow-methods',
          graphqlMethods,
          'access-control-allow-headers',
          allowHeaders(headers['access-control-request-headers']),
          'access-control-max-age',
          maxAgeSeconds,
          ...(fromOutside ? ['access-control-allow-private-network', 'true'] : []),
        ],
        body: '',
      };
    },
  };
}

/**
 * Allows a listed page any header: no credentials travel with its requests, and monitoring adds headers of its own.
 *
 * @param asked the headers that the browser asks for; anything but a short list of names is ignored
 */
function allowHeaders(asked: string | string[] | undefined): string {
  const names = typeof asked === 'string' && asked.length <= maxAskedBytes ? asked.split(',') : [];
  const more = names.map((name) => name.trim().toLowerCase()).filter((name) => headerName.test(name));
  return [...new Set([...allowedHeaders, ...more])].join(', ');
}

/** Tells whether the page is another server's. A page's own server, such as a development proxy, may forward its requests. */
function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const { origin = '', host = '', 'sec-fetch-site': site } = headers;
  return (
    site !== 'same-origin' && site !== 'none' && origin !== `http://${host}` && origin !== `https://${host}`
  );
}
