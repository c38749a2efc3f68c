// Bytes to the JSON object that GraphQL takes. What the object holds is GraphQL's affair.

import { type HttpResponse } from './responses.js';
import { problems } from './errorResponses.js';
import { isTooDeep } from './jsonDepth.js';

export type ParsedBody =
  | { readonly kind: 'object'; readonly value: object }
  | { readonly kind: 'refused'; readonly answer: HttpResponse };

/** Strict: what is not UTF-8 is refused, not mended. A byte order mark is passed over (RFC 8259 section 8.1). */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Never throws. */
export function parseBody(bytes: Uint8Array): ParsedBody {
  if (bytes.length === 0) return refuse(problems.bodyMissing);
  if (isTooDeep(bytes)) return refuse(problems.tooDeep);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refuse(problems.bodyNotUtf8);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(problems.bodyNotJson);
  }
  if (Array.isArray(value)) return refuse(problems.batch);
  if (typeof value !== 'object' || value === null) return refuse(problems.bodyNotObject);
  return { kind: 'object', value };
}

function refuse(answer: HttpResponse): ParsedBody {
  return { kind: 'refused', answer };
}
