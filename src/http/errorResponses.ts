// Every request that is refused before GraphQL sees it, with what it is told. None repeats what was submitted.

import { maxJsonDepth } from './jsonDepth.js';
import { type HttpResponse, errorResponse } from './responses.js';

const close = ['connection', 'close'] as const;

export const problems = {
  notHttp: errorResponse(400, 'BAD_USER_INPUT', 'The request is not well-formed HTTP/1.1.', close),
  host: errorResponse(400, 'BAD_USER_INPUT', 'An HTTP/1.1 request needs a Host header, and only one.', close),
  // RFC 9110 section 15.5.20.
  foreignHost: errorResponse(
    421,
    'BAD_USER_INPUT',
    'In development the service is reached by an IP address, by localhost or by the host of PUBLIC_URL, and by no other Host.',
    close,
  ),
  formNotUtf8: errorResponse(400, 'BAD_USER_INPUT', 'The form is not well-formed UTF-8.'),
  handshake: errorResponse(400, 'BAD_USER_INPUT', 'The handshake of the websocket is not well-formed.', [
    ...close,
    // RFC 6455 section 4.2.2: whoever speaks another version is told which would do.
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
  tooDeep: errorResponse(
    400,
    'BAD_USER_INPUT',
    `The JSON nests too deeply: ${String(maxJsonDepth)} levels are the most.`,
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
    'Answers are application/json or application/graphql-response+json, and the request takes neither.',
  ),
  tooSlow: errorResponse(408, 'BAD_USER_INPUT', 'The request took too long to arrive.', close),
  bodyTooLarge: errorResponse(413, 'BAD_USER_INPUT', 'The body is too large: 100 KiB is the most.'),
  mediaType: errorResponse(415, 'BAD_USER_INPUT', 'The body must be sent as application/json in UTF-8.'),
  // RFC 7694 section 3: the refusal says which codings would do.
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
    ['retry-after', '1'],
  ),
  readOnly: errorResponse(
    503,
    'SERVICE_UNAVAILABLE',
    'The database takes no writes: it is a standby or read-only.',
    ['retry-after', '1'],
  ),
  tablesMissing: errorResponse(
    503,
    'SERVICE_UNAVAILABLE',
    'Tables or migrations are missing in the database.',
    ['retry-after', '1'],
  ),
} as const satisfies Record<string, HttpResponse>;

/** For a path that is there, but not for this method; RFC 9110 section 15.5.6 wants the list of those that are. */
export function methodNotAllowed(allow: string, path?: string): HttpResponse {
  const where = path === '/' ? ' The API is at /graphql.' : '';
  return errorResponse(405, 'BAD_USER_INPUT', `The path does not take this method, but ${allow}.${where}`, [
    'allow',
    allow,
  ]);
}
