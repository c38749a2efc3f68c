// Which of the two media types of GraphQL over HTTP an answer is to have. Settled before anything is executed: nothing
// must be done whose answer the client does not take.

import Negotiator from 'negotiator';

import { type AnswerType, graphqlResponse, json } from '../graphql/mediaType.js';

/** Without their charset, which clients do not ask for. */
const types = new Map<string, AnswerType>([
  ['application/json', json],
  ['application/graphql-response+json', graphqlResponse],
]);

/** A parameter of a media range other than its weight. JSON has none that changes its meaning (RFC 8259 section 11). */
const parameter = /;(?![ \t]*q[ \t]*=)[ \t]*[^;,="\s]*[ \t]*(?:=[ \t]*(?:"(?:[^"\\]|\\.)*"|[^;,"]*))?/gi;

/**
 * The type that is preferred; JSON where nothing is, as when there is no header, an empty one, or anything is taken;
 * null when neither is taken.
 *
 * @param accept the Accept header (RFC 9110 section 12.5.1)
 */
export function negotiate(accept: string | undefined): AnswerType | null {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return json;
  const ranges = accept.replaceAll(parameter, '');
  if (/^[\s,]*$/.test(ranges)) return json;
  const preferred = new Negotiator({ headers: { accept: ranges } }).mediaType([...types.keys()]);
  return types.get(preferred ?? '') ?? null;
}
