// Reads single headers of a request: the token, the id, the client's program, the media types, the host.

import { randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

import Negotiator from 'negotiator';

import { parseBearer } from '../tokens/bearer.js';
import type { ClientInfo } from '../users/types.js';
import type { HttpRequest } from './route.js';

/**
 * Tells whether a header that may stand once only stands several times. Node keeps the first line, where a proxy in
 * front might have used the last.
 *
 * @param rawHeaders names and values in turn as they were sent, duplicates included
 * @param name in lower case
 */
export function hasDuplicateHeader(rawHeaders: readonly string[], name: string): boolean {
  let lines = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at];
    if (sent?.length === name.length && sent.toLowerCase() === name) lines += 1;
  }
  return lines > 1;
}

/** Tells whether a body comes behind the headers (RFC 9112 section 6.3). */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Reads the token of the Authorization header. The outcomes are those of {@link parseBearer}: `null` also when there is
 * no header, `''` also when there are several.
 *
 * @param authorization the header's value, spaces around it removed
 * @param rawHeaders names and values in turn as they were sent, duplicates included
 */
export function readBearer(authorization: string | undefined, rawHeaders: readonly string[]): string | null {
  if (authorization === undefined) return null;
  if (hasDuplicateHeader(rawHeaders, 'authorization')) return '';
  return parseBearer(authorization);
}

/** A narrow alphabet, so that an id can break neither a header nor a log. */
const requestId = /^[\w.-]{1,64}$/;

/**
 * Returns the id that a client or proxy gave the request, so that its log and ours can be read together; a new uuid
 * where it gave none, or one that is not 1 to 64 of `[A-Za-z0-9._-]`.
 *
 * @param given the `x-request-id` header; Node joins several lines by a comma, which is not allowed
 */
export function readRequestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && requestId.test(given) ? given : randomUUID();
}

/** In bytes. A header may have 16 KiB, and every session stores its user agent. */
const maxUserAgentBytes = 512;

/** Reads the name of the client's program from the User-Agent header; null where there is none. */
export function readUserAgent(value: string | undefined): string | null {
  if (value === undefined || value.length <= maxUserAgentBytes) return value ?? null;
  // A copy: a slice of a string keeps all of it in memory, for as long as a websocket is open.
  return Buffer.from(value.slice(0, maxUserAgentBytes), 'latin1').toString('latin1');
}

/** Returns the client's IP and the name of its program. */
export function clientInfoOf({ request, pending }: Pick<HttpRequest, 'request' | 'pending'>): ClientInfo {
  return { ip: pending.ip, userAgent: readUserAgent(request.headers['user-agent']) };
}

/** RFC 9110 section 8.3.1; parameters follow. */
const jsonMediaType = /^application\/json[ \t]*(?=;|$)/i;
const formType = /^application\/x-www-form-urlencoded[ \t]*(?=;|$)/i;

/** One parameter with the semicolon before it, or a semicolon alone, from the end of the last match. */
const typeParameter =
  /;[ \t]*(?:([!#$%&'*+.^_`|~0-9a-z-]+)=(?:([!#$%&'*+.^_`|~0-9a-z-]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?/iy;

/**
 * Tells whether a content type is JSON in UTF-8. Parameters other than `charset` mean nothing to JSON and are ignored;
 * a malformed list of parameters is refused.
 */
export function isJson(contentType: string): boolean {
  return contentType === 'application/json' || isInUtf8(jsonMediaType, contentType);
}

/** Tells whether a content type is a form in UTF-8, by the same rules. */
export function isUtf8Form(contentType: string): boolean {
  return isInUtf8(formType, contentType);
}

function isInUtf8(expected: RegExp, contentType: string): boolean {
  const type = expected.exec(contentType)?.[0];
  if (type === undefined) return false;
  for (let at = type.length; at < contentType.length; at = typeParameter.lastIndex) {
    typeParameter.lastIndex = at;
    const match = typeParameter.exec(contentType);
    if (match === null) return false;
    const [, name, word, quoted] = match;
    if (name?.toLowerCase() === 'charset' && !isUtf8(word ?? quoted ?? '')) return false;
  }
  return true;
}

function isUtf8(charset: string): boolean {
  // ASCII is UTF-8 too.
  return /^(?:utf-?8|us-ascii)$/i.test(charset);
}

/** Tells whether a content-encoding header leaves the bytes as they are. */
export function isIdentity(contentEncoding: string | undefined): boolean {
  return contentEncoding === undefined || /^(?:identity)?$/i.test(contentEncoding);
}

const json = 'application/json; charset=utf-8';
const graphqlResponse = 'application/graphql-response+json; charset=utf-8';

/** The types of answers, without their charset, which clients do not ask for. */
const answerTypes = new Map<string, AnswerType>([
  ['application/json', json],
  ['application/graphql-response+json', graphqlResponse],
]);

type AnswerType = typeof json | typeof graphqlResponse;

/** A parameter of a media range other than its weight. JSON has none that changes its meaning (RFC 8259 section 11). */
const rangeParameter = /;(?![ \t]*q[ \t]*=)[ \t]*[^;,="\s]*[ \t]*(?:=[ \t]*(?:"(?:[^"\\]|\\.)*"|[^;,"]*))?/gi;

/**
 * Chooses the media type of a GraphQL answer, before anything is executed: a mutation must not run when the client does
 * not accept its answer. JSON where the client prefers nothing; null where it accepts neither type.
 *
 * @param accept the Accept header (RFC 9110 section 12.5.1)
 */
export function negotiate(accept: string | undefined): AnswerType | null {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return json;
  const ranges = accept.replaceAll(rangeParameter, '');
  if (/^[\s,]*$/.test(ranges)) return json;
  const preferred = new Negotiator({ headers: { accept: ranges } }).mediaType([...answerTypes.keys()]);
  return answerTypes.get(preferred ?? '') ?? null;
}

/** A name or an IP, in brackets where it is IPv6, perhaps with a port. */
const host = /^(?:\[([0-9a-f:.]+)\]|([^:/@\s[\]]+))(?::\d*)?$/i;

/**
 * Makes the check of Host headers of a development server, against DNS rebinding: a page of any site can point its own
 * name at 127.0.0.1 and then read the answers of a server on this machine as its own. The browser still sends the
 * page's name as Host. Only an IP, `localhost`, a name below it and `names` pass. A request of HTTP/1.0 without the
 * header passes too: no browser sends it.
 *
 * @param names null to let every Host pass, as in production
 */
export function createHostCheck(names: readonly string[] | null): (header: string | undefined) => boolean {
  if (names === null) return () => true;
  const known = new Set(names.map((name) => name.toLowerCase()));
  return (header) => {
    if (header === undefined) return true;
    const [, ipv6, other] = host.exec(header) ?? [];
    const name = (ipv6 ?? other ?? '').toLowerCase().replace(/\.$/, '');
    return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || known.has(name);
  };
}
