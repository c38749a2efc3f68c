// The HTTP status of an answer whose operation could not begin: a document that does not parse or fit the schema,
// variables that do not fit, no operation of that name. GraphQL over HTTP (draft, "Status Codes") wants 200 for it in
// `application/json`, where a status of 4xx may come from a proxy that knows nothing of GraphQL, and 400 in
// `application/graphql-response+json`. Apollo Server says 400 for both, before it has chosen the type.

import { type HTTPGraphQLHead } from '@apollo/server';
import { type GraphQLError } from 'graphql';

/** The codes of such errors. Of what is no GraphQL request at all, `BAD_REQUEST` say, the status stays. */
const codes = new Set<unknown>([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
]);

/**
 * The status to answer with; 200 where none was chosen.
 *
 * @param errors of the operation, as they were thrown; empty where the request never came to one
 */
export function statusOf(
  { status = 200, headers }: HTTPGraphQLHead,
  errors: readonly GraphQLError[],
): number {
  if (status !== 400 || errors.length === 0) return status;
  const isPlainJson = headers.get('content-type')?.startsWith('application/json') === true;
  return isPlainJson && errors.every(({ extensions }) => codes.has(extensions['code'])) ? 200 : status;
}
