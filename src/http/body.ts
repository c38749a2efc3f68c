// A request's body: read within a bound, then parsed as JSON or as a form.

import { maxBodyBytes, maxFormFields, maxJsonDepth, maxJsonNodes } from './limits.js';
import { type PendingRequest } from './capacity.js';
import { type HttpRequest } from './route.js';
import { isIdentity, isUtf8Form } from './requestHeaders.js';
import { bodyTooLarge, errorResponses, type HttpResponse } from './responses.js';

export type ReceivedBody =
  | { readonly kind: 'complete'; readonly bytes: Uint8Array }
  /** The answer of the refusal; null where the connection has ended. */
  | { readonly kind: 'refused'; readonly answer: HttpResponse | null };

/**
 * Receives the body of a request whose headers allow it. A client that waits for it is told to send the body.
 *
 * @param wrongType the answer where the content type is not one that the route takes; null where it is
 * @param maxBytes the longest body that the route takes
 */
export function receiveBody(
  { request: { headers }, response, expectation, pending }: HttpRequest,
  wrongType: HttpResponse | null,
  maxBytes = maxBodyBytes,
): ReceivedBody | Promise<ReceivedBody> {
  const refused = (answer: HttpResponse) => ({ kind: 'refused', answer }) as const;
  if (!isIdentity(headers['content-encoding'])) return refused(errorResponses.contentCoding);
  if (wrongType !== null) return refused(wrongType);
  if (Number(headers['content-length'] ?? 0) > maxBytes) return refused(bodyTooLarge(maxBytes));
  if (expectation === 'continue') response.writeContinue();
  return readBody(pending, maxBytes);
}

/** The event of a request whose body the connection cannot read on, with the answer that says why. */
export const bodyRefused = Symbol('bodyRefused');

const none = new Uint8Array(0);

/**
 * Collects the body. Never throws. A body that comes in one piece, as nearly all do, is not copied. Several pieces are
 * copied into one buffer: a client may send a byte in each, and a kept piece takes hundreds of bytes.
 */
function readBody(pending: PendingRequest, maxBytes: number): Promise<ReceivedBody> {
  const { request } = pending;
  const length = Number(request.headers['content-length'] ?? Infinity);
  return new Promise((settle) => {
    const resolve = (received: ReceivedBody) => {
      pending.release();
      settle(received);
    };
    let bytes: Uint8Array = none;
    let size = 0;
    let capacity = 0;
    let refused = false;

    const refuse = (answer: HttpResponse) => {
      refused = true;
      request.pause();
      resolve({ kind: 'refused', answer });
    };
    request.on('data', (chunk: Uint8Array) => {
      if (refused) return;
      const needed = size + chunk.length;
      if (needed > maxBytes) {
        refuse(bodyTooLarge(maxBytes));
        return;
      }
      if (size === 0) bytes = chunk;
      else {
        if (needed > capacity) {
          capacity = Math.min(2 * needed, maxBytes);
          const larger = Buffer.allocUnsafeSlow(capacity);
          larger.set(bytes.subarray(0, size));
          bytes = larger;
        }
        bytes.set(chunk, size);
      }
      size = needed;
      if (size < length) pending.hold(chunk.length);
    });
    request.on('end', () => {
      resolve({ kind: 'complete', bytes: bytes.subarray(0, size) });
    });
    request.on('close', () => {
      resolve({ kind: 'refused', answer: null });
    });
    request.on(bodyRefused, refuse);
  });
}

interface Refused {
  readonly kind: 'refused';
  readonly answer: HttpResponse;
}

export type ParsedBody = { readonly kind: 'object'; readonly value: object } | Refused;

/** Strict: malformed UTF-8 is refused, not replaced. A byte order mark is ignored (RFC 8259 section 8.1). */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parses a body as the JSON object that GraphQL over HTTP takes. Never throws. */
export function parseBody(bytes: Uint8Array): ParsedBody {
  if (bytes.length === 0) return refuse(errorResponses.bodyMissing);
  const parsed = parseJson(bytes);
  if (parsed.kind === 'refused') return parsed;
  const { value } = parsed;
  if (Array.isArray(value)) return refuse(errorResponses.batch);
  if (typeof value !== 'object' || value === null) return refuse(errorResponses.bodyNotObject);
  return { kind: 'object', value };
}

export type ParsedJson = { readonly kind: 'json'; readonly value: unknown } | Refused;

/** Parses a body as JSON of a bounded depth and size. Never throws. */
export function parseJson(bytes: Uint8Array): ParsedJson {
  if (isTooComplex(bytes)) return refuse(errorResponses.tooComplex);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refuse(errorResponses.bodyNotUtf8);
  }
  try {
    return { kind: 'json', value: JSON.parse(text) as unknown };
  } catch {
    return refuse(errorResponses.bodyNotJson);
  }
}

function refuse(answer: HttpResponse): Refused {
  return { kind: 'refused', answer };
}

const quote = 0x22;
const backslash = 0x5c;
/** With this bit, `[` is `{` and `]` is `}`. */
const braceBit = 0x20;
const opening = 0x7b;
const closing = 0x7d;

/**
 * Counts the levels of JSON, and its lists and objects, before it is parsed: code that reads or writes it level by level
 * runs out of stack, and each empty object of two bytes takes fifty in memory.
 *
 * @param bytes in UTF-8, JSON or not
 */
export function isTooComplex(bytes: Uint8Array): boolean {
  // Each level takes an opening and a closing byte, or at least the opening one where the JSON is broken.
  if (bytes.length <= maxJsonDepth) return false;
  let depth = 0;
  let nodes = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (isText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if ((byte | braceBit) === opening) {
      depth += 1;
      nodes += 1;
      if (depth > maxJsonDepth || nodes > maxJsonNodes) return true;
    } else if ((byte | braceBit) === closing) depth -= 1;
  }
  return false;
}

/**
 * Parses a form as browsers send it, `application/x-www-form-urlencoded`: the first field of each name. Fields beyond
 * {@link maxFormFields} are not read. Never throws.
 *
 * @returns null when the form is not well-formed UTF-8: a password in another charset would be stored as another one than was
 *   typed
 */
export function parseForm(bytes: Uint8Array): ReadonlyMap<string, string> | null {
  const fields = new Map<string, string>();
  try {
    for (const field of utf8.decode(bytes).split('&', maxFormFields)) {
      const equals = field.indexOf('=');
      const name = decode(equals === -1 ? field : field.slice(0, equals));
      const value = equals === -1 ? '' : decode(field.slice(equals + 1));
      if (!fields.has(name)) fields.set(name, value);
    }
    return fields;
  } catch {
    return null;
  }
}

export type ReadForm =
  | { readonly kind: 'form'; readonly fields: ReadonlyMap<string, string> }
  /** The answer of the refusal; null where the connection has ended. */
  | { readonly kind: 'refused'; readonly answer: HttpResponse | null };

/** Reads the form of a request, and takes a permit of the requests in flight. Never throws. */
export async function readForm(exchange: HttpRequest, maxBytes?: number): Promise<ReadForm> {
  const isForm = isUtf8Form(exchange.request.headers['content-type'] ?? '');
  const received = await receiveBody(exchange, isForm ? null : errorResponses.formType, maxBytes);
  if (received.kind === 'refused') return received;
  if (!exchange.pending.admit()) return { kind: 'refused', answer: errorResponses.busy };
  const fields = parseForm(received.bytes);
  return fields === null ? { kind: 'refused', answer: errorResponses.formNotUtf8 } : { kind: 'form', fields };
}

/** @throws for an escape that is malformed, or is not UTF-8 */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
