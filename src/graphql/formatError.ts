// Makes the error that a client gets: a code, and a text of our own. It repeats nothing that was submitted, which may hold a
// password, and nothing that a library or the database said.

import { unwrapResolverError } from '@apollo/server/errors';
import {
  type GraphQLFormattedError,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

import { ServiceUnavailableError } from '../common/errors.js';
import { serviceUnavailable } from './errors.js';
import { exceededLimit } from './validation/documentLimits.js';

/** Turns an error into the one that the client gets. Its code, path and location stay. */
export type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** Codes that only our own resolvers use, with a text for the client. */
const ownCodes = new Set<unknown>([
  'UNAUTHENTICATED',
  'STEP_UP_REQUIRED',
  'FORBIDDEN',
  'SERVICE_UNAVAILABLE',
  'RATE_LIMITED',
]);

/** Texts in place of Apollo Server's, which repeat what was submitted or name parts of the library. */
const texts: ReadonlyMap<string, string> = new Map(
  Object.entries({
    GRAPHQL_PARSE_FAILED: 'The document is not valid GraphQL.',
    GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
    BAD_USER_INPUT: 'A value does not fit its type in the schema.',
    BAD_REQUEST: 'The request does not follow the protocol GraphQL over HTTP.',
    OPERATION_RESOLUTION_FAILURE:
      'The document must have exactly one operation, or `operationName` must name the one to execute.',
    // Clients look for these two words.
    PERSISTED_QUERY_NOT_FOUND: 'PersistedQueryNotFound',
    PERSISTED_QUERY_NOT_SUPPORTED: 'PersistedQueryNotSupported',
  }),
);

/** Apollo Server's messages about a malformed request, and our texts in their place. */
const requestTexts: readonly (readonly [RegExp, string])[] = [
  [
    /potential Cross-Site Request Forgery/,
    'A GET needs the header `content-type: application/json`, which a page of another site cannot send. Or send a POST.',
  ],
  [/^GET requests only support query operations/, 'Send mutations by POST: a GET takes queries only.'],
  [/`variables` .*(?:object|JSON-encoded)/, '`variables` must be a JSON object, not a string or a list.'],
  [/`extensions` .*(?:object|JSON-encoded)/, '`extensions` must be a JSON object, not a string or a list.'],
  [/`operationName`/, '`operationName` takes a string.'],
  [/must be a JSON-encoded/, '`variables` and `extensions` of a GET must be JSON.'],
  [
    /non-empty `query`|`query` in a POST body|must contain.*query/i,
    'The request needs the operation as the string `query`.',
  ],
];

/** @param hint takes the part of a validation message that may be shown; null to show nothing of the schema */
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
    // With a path and a code, a resolver threw it on purpose, ours or the team's, for the client.
    const isOwn =
      ownCodes.has(code) ||
      (path !== undefined && code !== 'INTERNAL_SERVER_ERROR' && formatted.extensions?.['code'] === code);
    if (isOwn) return formatted;

    const text = limitText(formatted) ?? requestText(code, formatted.message) ?? texts.get(code);
    if (text === undefined) {
      const message =
        'Something went wrong on the server. Its log has the cause under the id in the header x-request-id.';
      return { message, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
    }
    const hasHint = code === 'GRAPHQL_VALIDATION_FAILED' || isOfVariables(code, formatted.message);
    const isHinted = hint !== null && hasHint && limitText(formatted) === null;
    const more = isHinted ? ` ${hint(formatted.message)}` : '';
    return { message: text + more, ...place, extensions: { code } };
  };
}

function requestText(code: string, message: string): string | undefined {
  return code === 'BAD_REQUEST' ? requestTexts.find(([pattern]) => pattern.test(message))?.[1] : undefined;
}

function isOfVariables(code: string, message: string): boolean {
  return code === 'BAD_USER_INPUT' && message.startsWith('Variable "$');
}

/** Returns the text for a document that exceeds a limit; null for any other error. */
function limitText({ message, extensions }: GraphQLFormattedError): string | null {
  if (extensions?.[exceededLimit] !== undefined) return message;
  const tooLong = /^Syntax Error: Document contains more that (\d+) tokens/.exec(message);
  return tooLong === null ? null : `The document is too long: ${String(tooLong[1])} tokens are allowed.`;
}

/** Finds the code of an error, whether it was thrown with one or not. */
export function codeOf(error: unknown): string {
  const thrown = unwrapResolverError(error);
  if (thrown instanceof ServiceUnavailableError) return 'SERVICE_UNAVAILABLE';
  if (!(thrown instanceof Error)) return 'INTERNAL_SERVER_ERROR';
  const extensions: unknown = 'extensions' in thrown ? thrown.extensions : undefined;
  if (extensions === undefined) return 'INTERNAL_SERVER_ERROR';
  const code =
    typeof extensions === 'object' && extensions !== null && 'code' in extensions
      ? extensions.code
      : undefined;
  if (typeof code === 'string') return code;
  // The executor's own error, for a null where the schema wants a value, which only a client's variables can cause; or one
  // of a request that did not begin. An error that a resolver threw without a code may say anything: it is masked and logged.
  const wasThrown = error instanceof Error && 'path' in error && error.path !== undefined;
  const isOfClient = !wasThrown || /^(?:Argument|Variable) "/.test(thrown.message);
  return isOfClient && !('originalError' in thrown && thrown.originalError !== undefined)
    ? 'BAD_USER_INPUT'
    : 'INTERNAL_SERVER_ERROR';
}

/**
 * Makes hints for a developer whose document or variables do not fit the schema: the validator's message, with only the
 * schema's own names left in it. Submitted texts are taken out: a literal in the wrong place may be a password.
 */
export function createSchemaHints(schema: GraphQLSchema): (message: string) => string {
  const names = namesOf(schema);
  const isKnown = (quoted: string) =>
    quoted
      .replaceAll(/[[\]!@ ]|\{ \.\.\. \}/g, '')
      .split('.')
      .every((name) => names.has(name));

  return (message) =>
    valueHint(message, isKnown) ||
    message
      // From here on a message repeats a value.
      .replace(/(?:, found |,? got invalid | value: | cannot represent )[\s\S]*$/, '.')
      .replaceAll(/"([^"]*)"/g, (whole, quoted: string) => (isKnown(quoted) ? whole : '"…"'));
}

function namesOf(schema: GraphQLSchema): ReadonlySet<string> {
  const names = new Set(schema.getDirectives().map((directive) => directive.name));
  for (const type of Object.values(schema.getTypeMap())) {
    names.add(type.name);
    if (isEnumType(type)) for (const value of type.getValues()) names.add(value.name);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) names.add(field.name);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      names.add(field.name);
      for (const argument of field.args) names.add(argument.name);
    }
  }
  return names;
}

/** The messages of graphql-js: the variable, the value, its path in the variable, and the complaint. */
const invalid =
  /^Variable "\$(\w+)" got invalid value [\s\S]*?(?: at "(\w+)((?:\.\w+|\[\d+\])*)")?; ([^;]*)$/;
const missing =
  /^Variable "\$(\w+)" of (?:required|non-null) type "([\w![\]]+)" (?:was not provided|must not be null)\.$/;
const absentField = /^Field "(\w+)" of required type "([\w![\]]+)" was not provided\.$/;
const expected =
  /(?: in "(\w+)" enum|^Enum "(\w+)" cannot|^Expected (?:non-nullable )?type "([\w![\]]+)"|^(\w+) cannot represent)/;

/**
 * Names the part of the variables that does not fit: `$input.device.kind: DeviceKind`. Empty for any other message.
 *
 * @param isKnown tells whether all names in a text are the schema's
 */
function valueHint(message: string, isKnown: (text: string) => boolean): string {
  const [, absent = '', absentType = ''] = missing.exec(message) ?? [];
  if (absent !== '' && isKnown(absentType)) return `$${absent}: ${absentType} is missing.`;

  const [, variable = '', , path = '', complaint = ''] = invalid.exec(message) ?? [];
  if (variable === '' || !isKnown(path.replaceAll(/\[\d+\]/g, '').slice(1) || absentType || 'String'))
    return '';
  const place = `$${variable}${path}`;
  const [, field = '', fieldType = ''] = absentField.exec(complaint) ?? [];
  if (field !== '' && isKnown(field) && isKnown(fieldType))
    return `${place}.${field}: ${fieldType} is missing.`;
  const type = expected
    .exec(complaint)
    ?.slice(1)
    .find((name) => Boolean(name));
  return type !== undefined && isKnown(type) ? `${place}: ${type}.` : `${place}.`;
}
