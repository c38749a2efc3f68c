// Which web pages may read the answers. Tokens travel in a header that a page has to set itself, never in a cookie,
// so credentials are never allowed; a page of any other origin is told nothing, and its browser keeps the answer
// from it.

import { type IncomingHttpHeaders } from 'node:http';

import { type Answer } from './responses.js';
import { graphqlMethods } from './route.js';

export interface CorsOptions {
  /** Exact origins, such as `https://app.example.com`. */
  readonly origins: readonly string[];
  /** Lets Apollo's hosted Sandbox in, also from a public site to this machine. */
  readonly development: boolean;
}

export interface Cors {
  /** The headers, names and values in turn, of every answer to a page of this origin. */
  headersFor(origin: string | undefined): readonly string[];
  /** The answer to OPTIONS. The headers of {@link headersFor} come on top of it. */
  preflight(headers: IncomingHttpHeaders): Answer;
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
].join(', ');

/** Two hours: the longest that Chromium remembers. */
const maxAgeSeconds = '7200';

export function createCors({ origins, development }: CorsOptions): Cors {
  const allow = (origin: string) => [
    'access-control-allow-origin',
    origin,
    'access-control-expose-headers',
    'x-request-id, retry-after',
  ];
  const known = [...origins, ...(development ? [hostedSandbox] : [])];
  // Where no origin is known, every origin is answered alike.
  const vary = known.length === 0 ? [] : ['vary', 'origin'];
  const listed = new Map(known.map((origin) => [origin, [...vary, ...allow(origin)]]));

  return {
    headersFor: (origin) => (origin === undefined ? vary : (listed.get(origin) ?? vary)),

    preflight(headers) {
      const welcome = headers.origin !== undefined && listed.has(headers.origin);
      if (!welcome || headers['access-control-request-method'] === undefined) {
        return { status: 204, headers: ['allow', graphqlMethods], body: '' };
      }
      // Chromium asks before a public page may reach an address of the private network or of this machine.
      const fromOutside = development && headers['access-control-request-private-network'] === 'true';
      return {
        status: 204,
        headers: [
          'access-control-allow-methods',
          graphqlMethods,
          'access-control-allow-headers',
          allowedHeaders,
          'access-control-max-age',
          maxAgeSeconds,
          ...(fromOutside ? ['access-control-allow-private-network', 'true'] : []),
        ],
        body: '',
      };
    },
  };
}
