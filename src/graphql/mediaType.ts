// The media types of GraphQL over HTTP, and what they mean for an answer's status.

import { type GraphQLError } from 'graphql';

export const json = 'application/json; charset=utf-8';
export const graphqlResponse = 'application/graphql-response+json; charset=utf-8';

/** What a content-type header says. */
export type AnswerType = typeof json | typeof graphqlResponse;

/**
 * The codes of operations that could not begin: a document that does not parse or fit the schema, variables that do not
 * fit, no operation of that name. What is no GraphQL request at all has `BAD_REQUEST`.
 */
const notBegun = new Set<unknown>([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
]);

/**
 * The status to answer with. GraphQL over HTTP (draft, "Status Codes") wants 200 for an operation that could not begin
 * in `application/json`, where a status of 4xx may come from a proxy that knows nothing of GraphQL, and 400 in
 * `application/graphql-response+json`. Apollo Server says 400 for both.
 *
 * @param chosen by Apollo Server; 200 where it is left out
 * @param errors of the operation, as they were thrown; empty where the request never came to one
 */
export function statusOf(
  chosen: number | undefined,
  type: AnswerType,
  errors: readonly GraphQLError[],
): number {
  if (chosen !== 400 || type !== json || errors.length === 0) return chosen ?? 200;
  return errors.every(({ extensions }) => notBegun.has(extensions['code'])) ? 200 : 400;
}
