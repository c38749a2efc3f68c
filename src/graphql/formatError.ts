// What a client is told of an error: a code, and a text of our own. What was submitted never comes back, since it
// may hold a password, and neither does what a library or the database said.

import { unwrapResolverError } from '@apollo/server/errors';
import { type GraphQLError, type GraphQLFormattedError } from 'graphql';

import { DatabaseUnavailable } from '../db/errors.js';
import { MailUnavailable } from '../mail/message.js';
import { type Log } from '../observability/log.js';
import { HasherBusy } from '../passwords/hasher.js';
import { LimiterUnavailable } from '../rateLimit/counters.js';
import { serviceUnavailable } from './errors.js';
import { limitMark } from './validation/documentLimits.js';

/** Turns an error into what the client gets: its code, path and location stay. */
export type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** Codes that only our own resolvers use, with a text made for the client. */
const ownCodes = new Set<unknown>(['UNAUTHENTICATED', 'FORBIDDEN', 'SERVICE_UNAVAILABLE', 'RATE_LIMITED']);

/** Texts in place of Apollo's own, which repeat what was submitted or name the library's parts. */
const texts: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: 'The document is not valid GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  BAD_USER_INPUT: 'A value does not fit the type that the schema gives it.',
  BAD_REQUEST: 'The request is not a GraphQL request as the protocol asks for.',
  OPERATION_RESOLUTION_FAILURE: 'The document must hold exactly one operation, or name the one to execute.',
  // Clients look for these two words.
  PERSISTED_QUERY_NOT_FOUND: 'PersistedQueryNotFound',
  PERSISTED_QUERY_NOT_SUPPORTED: 'PersistedQueryNotSupported',
};

/** What Apollo Server says of a request that is none, and what we say instead. */
const requestTexts: readonly (readonly [RegExp, string])[] = [
  [
    /potential Cross-Site Request Forgery/,
    'A GET needs the header `content-type: application/json`, so that no page of another site can send it. Or send a POST.',
  ],
  [/^GET requests only support query operations/, 'Mutations are sent by POST: a GET takes queries only.'],
  [/`variables` .*(?:object|JSON-encoded)/, '`variables` must be a JSON object, not a text or a list.'],
  [/`extensions` .*(?:object|JSON-encoded)/, '`extensions` must be a JSON object, not a text or a list.'],
  [/`operationName`/, '`operationName` must be a text.'],
  [/must be a JSON-encoded/, '`variables` and `extensions` of a GET must be JSON.'],
  [
    /non-empty `query`|`query` in a POST body|must contain.*query/i,
    'The request needs the operation as `query`, a text.',
  ],
];

/** @param hint what may be shown of a validation message; null to show nothing of the schema */
export function createErrorFormatter(hint: ((message: string) => string) | null): FormatError {
  return (formatted, error) => {
    const { path, locations } = formatted;
    const place = {
      ...(locations === undefined ? {} : { locations }),
      ...(path === undefined ? {} : { path }),
    };

    const code = codeOf(error);
    if (code === 'SERVICE_UNAVAILABLE') {
      const { message, extensions } = serviceUnavailable();
      return { message, ...place, extensions };
    }
    // With a path and a code it was thrown by a resolver on purpose, ours or the team's, and is made for the client.
    const isOwn =
      ownCodes.has(code) ||
      (path !== undefined && code !== 'INTERNAL_SERVER_ERROR' && formatted.extensions?.['code'] === code);
    if (isOwn) return formatted;

    const text = limitText(formatted) ?? requestText(code, formatted.message) ?? texts[code];
    if (text === undefined) {
      const message =
        'Something went wrong on our side. The header x-request-id names the request in our log.';
      return { message, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
    }
    const hasHint = code === 'GRAPHQL_VALIDATION_FAILED' || isOfVariables(code, formatted.message);
    const isHinted = hint !== null && hasHint && limitText(formatted) === null;
    const more = isHinted ? ` ${hint(formatted.message)}` : '';
    return { message: text + more, ...place, extensions: { code } };
  };
}

function requestText(code: string, message: string): string | undefined {
  return code === 'BAD_REQUEST' ? requestTexts.find(([said]) => said.test(message))?.[1] : undefined;
}

function isOfVariables(code: string, message: string): boolean {
  return code === 'BAD_USER_INPUT' && message.startsWith('Variable "$');
}

/** What is said of a document that asks for too much; null for any other error. */
function limitText({ message, extensions }: GraphQLFormattedError): string | null {
  if (extensions?.[limitMark] !== undefined) return message;
  const tooLong = /^Syntax Error: Document contains more that (\d+) tokens/.exec(message);
  return tooLong === null ? null : `The document is too long: ${String(tooLong[1])} tokens are the most.`;
}

/** Logs the cause of each error that nobody meant to happen: the client is told nothing of it but the code. */
export function logUnexpected(log: Log, requestId: string, errors: readonly GraphQLError[] = []): void {
  for (const error of errors) {
    if (codeOf(error) !== 'INTERNAL_SERVER_ERROR') continue;
    log.error({ err: unwrapResolverError(error), requestId, path: error.path }, 'unexpected error');
  }
}

/** The code that the error comes to, whether it was thrown with one or not. */
export function codeOf(error: unknown): string {
  const thrown = unwrapResolverError(error);
  if (
    thrown instanceof DatabaseUnavailable ||
    thrown instanceof HasherBusy ||
    thrown instanceof LimiterUnavailable ||
    thrown instanceof MailUnavailable
  )
    return 'SERVICE_UNAVAILABLE';
  if (!(thrown instanceof Error)) return 'INTERNAL_SERVER_ERROR';
  const extensions: unknown = 'extensions' in thrown ? thrown.extensions : undefined;
  if (extensions === undefined) return 'INTERNAL_SERVER_ERROR';
  const code =
    typeof extensions === 'object' && extensions !== null && 'code' in extensions
      ? extensions.code
      : undefined;
  if (typeof code === 'string') return code;
  // The executor's own, for a null where the schema wants a value: only a client's variables bring it about; or of a
  // request that did not begin. What a resolver threw without a code may say anything, and is masked and logged.
  const wasThrown = error instanceof Error && 'path' in error && error.path !== undefined;
  const isOfClient = !wasThrown || /^(?:Argument|Variable) "/.test(thrown.message);
  return isOfClient && !('originalError' in thrown && thrown.originalError !== undefined)
    ? 'BAD_USER_INPUT'
    : 'INTERNAL_SERVER_ERROR';
}
