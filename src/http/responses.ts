// The answers of routes as plain values, before anything is written to a connection, and every answer to a request that is
// refused before GraphQL sees it. No answer repeats what a client submitted.

import { maxJsonDepth, maxJsonNodes } from './limits.js';

export interface HttpResponse {
  readonly status: number;
  /** Names and values in turn: `['content-type', 'text/html']`. Not those that every answer has anyway. */
  readonly headers: readonly string[];
  readonly body: string;
  /** The content security policy of a page. Any other answer leaves it out, and may load nothing. */
  readonly policy?: string;
  /** The answer under this URL never changes, and browsers may keep it. Left out, nothing is stored. */
  readonly isImmutable?: boolean;
  /** For how long any cache may keep it, in seconds. Left out, nothing is stored. */
  readonly maxAgeSeconds?: number;
  /** Called once the head has been sent: the route then writes the body itself, piece by piece. */
  readonly stream?: () => void;
  /** More facts for the request's line in the log. */
  readonly report?: object;
}

type Code = 'BAD_USER_INPUT' | 'SERVICE_UNAVAILABLE' | 'INTERNAL_SERVER_ERROR';

export const jsonType = ['content-type', 'application/json; charset=utf-8'] as const;

/** Makes an answer that is an error, in GraphQL's shape. */
export function errorResponse(
  status: number,
  code: Code,
  message: string,
  headers: readonly string[] = [],
): HttpResponse {
  const body = `${JSON.stringify({ errors: [{ message, extensions: { code } }] })}\n`;
  return { status, headers: [...jsonType, ...headers], body };
}

const close = ['connection', 'close'] as const;
const retryAfter = ['retry-after', '1'] as const;

export const errorResponses = {
  notHttp: errorResponse(400, 'BAD_USER_INPUT', 'The request is not well-formed HTTP/1.1.', close),
  host: errorResponse(400, 'BAD_USER_INPUT', 'An HTTP/1.1 request needs one Host header.', close),
  // RFC 9110 section 15.5.20.
  foreignHost: errorResponse(
    421,
    'BAD_USER_INPUT',
    'In development the service answers only to an IP address, localhost or the host of PUBLIC_URL as Host.',
    close,
  ),
  formNotUtf8: errorResponse(400, 'BAD_USER_INPUT', 'The form is not well-formed UTF-8.'),
  handshake: errorResponse(400, 'BAD_USER_INPUT', 'The handshake of the websocket is not well-formed.', [
    ...close,
    // RFC 6455 section 4.2.2: tells a client of another version which version is served.
    'sec-websocket-version',
    '13',
  ]),
  bodyMissing: errorResponse(
    400,
    'BAD_USER_INPUT',
    'The body is empty. Send a JSON object with the operation as `query`.',
  ),
  bodyNotUtf8: errorResponse(400, 'BAD_USER_INPUT', 'The body is not valid UTF-8.'),
  bodyNotJson: errorResponse(400, 'BAD_USER_INPUT', 'The body is not valid JSON.'),
  tooComplex: errorResponse(
    400,
    'BAD_USER_INPUT',
    `The JSON nests too deeply, or has too many parts: ${String(maxJsonDepth)} levels, and ${String(maxJsonNodes)} lists and objects are allowed.`,
  ),
  bodyNotObject: errorResponse(
    400,
    'BAD_USER_INPUT',
    'The body must be a JSON object with the operation as `query`.',
  ),
  batch: errorResponse(
    400,
    'BAD_USER_INPUT',
    'Batches are not supported: send each operation in a request of its own.',
  ),
  notFound: errorResponse(404, 'BAD_USER_INPUT', 'There is nothing at this path. The API is at /graphql.'),
  notAcceptable: errorResponse(
    406,
    'BAD_USER_INPUT',
    'Answers are application/json or application/graphql-response+json. The request accepts neither.',
  ),
  tooSlow: errorResponse(408, 'BAD_USER_INPUT', 'The request took too long to arrive.', close),
  mediaType: errorResponse(415, 'BAD_USER_INPUT', 'The body must be sent as application/json in UTF-8.'),
  formType: errorResponse(
    415,
    'BAD_USER_INPUT',
    'The form must be sent as application/x-www-form-urlencoded in UTF-8.',
  ),
  // RFC 7694 section 3: the refusal names the codings that are accepted.
  contentCoding: errorResponse(415, 'BAD_USER_INPUT', 'The body must be sent without a content coding.', [
    'accept-encoding',
    'identity',
  ]),
  expectation: errorResponse(417, 'BAD_USER_INPUT', 'The only expectation that can be met is 100-continue.'),
  headersTooLarge: errorResponse(431, 'BAD_USER_INPUT', 'The headers are too large.', close),
  internal: errorResponse(500, 'INTERNAL_SERVER_ERROR', 'Something went wrong on the server.'),
  busy: errorResponse(
    503,
    'SERVICE_UNAVAILABLE',
    'The service cannot answer right now. Try again in a moment.',
    retryAfter,
  ),
  readOnly: errorResponse(
    503,
    'SERVICE_UNAVAILABLE',
    'The database takes no writes: it is a standby or read-only.',
    retryAfter,
  ),
  tablesMissing: errorResponse(
    503,
    'SERVICE_UNAVAILABLE',
    'Tables or migrations are missing in the database.',
    retryAfter,
  ),
  rightsMissing: errorResponse(
    503,
    'SERVICE_UNAVAILABLE',
    'The role of the database lacks rights.',
    retryAfter,
  ),
} as const satisfies Record<string, HttpResponse>;

/** Refuses a body that is longer than the route takes. */
export function bodyTooLarge(maxBytes: number): HttpResponse {
  const message = `The body is too large: at most ${String(maxBytes / 1_024)} KiB are allowed.`;
  return errorResponse(413, 'BAD_USER_INPUT', message);
}

/** Refuses the method at a path that exists; RFC 9110 section 15.5.6 asks for the list of its methods. */
export function methodNotAllowed(allow: string, path?: string): HttpResponse {
  const where = path === '/' ? ' The API is at /graphql.' : '';
  return errorResponse(405, 'BAD_USER_INPUT', `The path takes only the methods ${allow}.${where}`, [
    'allow',
    allow,
  ]);
}

/**
 * The headers of every answer, names and values in turn: no browser may sniff, store, frame, embed or render it.
 * `strict-transport-security` is missing, since browsers obey it over TLS only: the proxy that ends TLS sets it.
 */
export const securityHeaders = [
  'cache-control',
  'no-store',
  'x-content-type-options',
  'nosniff',
  'referrer-policy',
  'no-referrer',
  'cross-origin-resource-policy',
  'same-origin',
] as const;

/** The same for an answer that browsers may keep. */
const immutableHeaders = [
  'cache-control',
  'private, max-age=31536000, immutable',
  ...securityHeaders.slice(2),
];

/** The same for an answer that is the same for all, and that caches may keep for a while. */
const publicHeaders = (maxAgeSeconds: number): readonly string[] => [
  'cache-control',
  `public, max-age=${String(maxAgeSeconds)}`,
  ...securityHeaders.slice(2),
];

/** The content security policy of an answer that is no page. */
export const noPage = "default-src 'none'; frame-ancestors 'none'";

/** Returns the headers of an answer, names and values in turn, without those of its connection. */
export function headersOf(answer: HttpResponse): string[] {
  return [...cachingHeaders(answer), ...answer.headers, 'content-security-policy', answer.policy ?? noPage];
}

function cachingHeaders({ isImmutable, maxAgeSeconds }: HttpResponse): readonly string[] {
  if (isImmutable === true) return immutableHeaders;
  return maxAgeSeconds === undefined ? securityHeaders : publicHeaders(maxAgeSeconds);
}
