// Which of the two media types of GraphQL over HTTP an answer is to have. Settled before anything is executed: nothing
// must be done whose answer the client does not take.

import Negotiator from 'negotiator';

const json = 'application/json; charset=utf-8';
const graphqlResponse = 'application/graphql-response+json; charset=utf-8';

export type ResponseType = 'json' | 'graphqlResponse';

/**
 * - `json`: nothing was asked for, or `application/json`, or anything at all.
 * - `graphqlResponse`: `application/graphql-response+json` is preferred.
 * - `null`: neither is taken.
 *
 * @param accept the Accept header (RFC 9110 section 12.5.1)
 */
export function negotiate(accept: string | undefined): ResponseType | null {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return 'json';
  const preferred = new Negotiator({ headers: { accept } }).mediaType([json, graphqlResponse]);
  if (preferred === graphqlResponse) return 'graphqlResponse';
  return preferred === json ? 'json' : null;
}
