// Recognizes the message that begins the protocol of graphql-ws or of its predecessor, however the server behind reads JSON. Readers
// differ: Go's takes keys in any case, some skip a byte order mark, and of a key that is there twice some take the first value.

import { type RawData } from 'ws';

import { isRecord } from '../common/records.js';
import { type SocketParameters } from '../tokens/bearer.js';

export type Parameters = NonNullable<SocketParameters['connectionParams']>;

/**
 * - `other`: the message does not begin the protocol.
 * - `init`: it does; `parameters` are the objects in which it may have a token, its payload and the headers in that, as Hasura's
 *   clients send them.
 * - `ambiguous`: it may, and it has a key twice, so the server behind may read another token than the guard.
 */
export type ReadMessage =
  | { readonly kind: 'other' }
  | { readonly kind: 'init'; readonly parameters: readonly Parameters[] }
  | { readonly kind: 'ambiguous' };

const other: ReadMessage = { kind: 'other' };
const ambiguous: ReadMessage = { kind: 'ambiguous' };

const init = 'connection_init';

/** Reads a client's message. A binary one counts: the server behind may read it as text. */
export function readInit(data: RawData): ReadMessage {
  const text = (data as Buffer).toString().replace(/^\uFEFF/, '');
  // Letters may be escaped.
  if (!text.includes(init) && !text.includes('\\u')) return other;
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return other;
  }
  if (!isRecord(message)) return other;
  if (hasKeyTwice(text)) return ambiguous;
  const types = valuesOf(message, 'TYPE');
  if (!types.includes(init)) return other;
  const payloads = valuesOf(message, 'PAYLOAD');
  const headers = payloads.flatMap((payload) => (isRecord(payload) ? valuesOf(payload, 'HEADERS') : []));
  // Each one is looked up and watched.
  if (types.length > 1 || payloads.length > 1 || headers.length > 1) return ambiguous;
  return { kind: 'init', parameters: [...payloads, ...headers].filter(isRecord) };
}

/** Gives the values of a key in any case. */
function valuesOf(record: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  return Object.entries(record).flatMap(([name, value]) => (name.toUpperCase() === key ? [value] : []));
}

/** Tells whether an object in a JSON text has a key twice. */
function hasKeyTwice(json: string): boolean {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '{') open.push(new Set());
    else if (character === '}') open.pop();
    else if (character === '"') {
      const end = endOfString(json, at);
      if (isFollowedByColon(json, end)) {
        const key = JSON.parse(json.slice(at, end)) as string;
        const keys = open.at(-1);
        if (keys?.has(key) === true) return true;
        keys?.add(key);
      }
      at = end - 1;
    }
  }
  return false;
}

/** Gives the index behind the string that begins at an index. */
function endOfString(json: string, from: number): number {
  let at = from + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Only a key has a colon behind it. */
function isFollowedByColon(json: string, from: number): boolean {
  let at = from;
  while (' \t\n\r'.includes(json[at] ?? ':')) at += 1;
  return json[at] === ':';
}
