// Which of the two media types of GraphQL over HTTP an answer is to have. Settled before anything is executed: nothing
// must be done whose answer the client does not take.

import Negotiator from 'negotiator';

import { type AnswerType, graphqlResponse, json } from '../graphql/mediaType.js';

const types = [json, graphqlResponse] as const;

/**
 * The type that is preferred; JSON where nothing is, as when there is no header or anything is taken; null when neither
 * is taken.
 *
 * @param accept the Accept header (RFC 9110 section 12.5.1)
 */
export function negotiate(accept: string | undefined): AnswerType | null {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return json;
  const preferred = new Negotiator({ headers: { accept } }).mediaType([...types]);
  return types.find((type) => type === preferred) ?? null;
}
