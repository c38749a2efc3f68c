// The request that the guard passes on to the server behind: its URL and its headers.

import { type IncomingMessage } from 'node:http';

import { type TrustedProxies } from '../http/clientIp.js';
import { type HttpLimits } from '../http/limits.js';
import { type Log } from '../observability/log.js';
import { type RemoteHufu } from '../remote/createRemoteHufu.js';

export interface GuardOptions {
  readonly hufu: Pick<RemoteHufu, 'context' | 'watch' | 'ws'>;
  /** The server behind the guard. */
  readonly upstream: URL;
  readonly log: Log;
  /** The proxies in front of the guard that are trusted to name the client's IP; none when left out. */
  readonly trustProxy?: TrustedProxies;
  readonly limits?: Partial<HttpLimits>;
}

/** Returns the URL of a request at the server behind. A whole URL, as clients send it to a proxy, or `..` leads nowhere else. */
export function targetOf(upstream: URL, { url = '/' }: IncomingMessage): URL {
  const target = new URL(upstream);
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  target.pathname = path.startsWith('/') ? path : '/';
  target.pathname = `${upstream.pathname.replace(/\/$/, '')}${target.pathname}`;
  target.search = mark === -1 ? '' : url.slice(mark);
  // No server is sent it, and a websocket cannot be opened with it.
  target.hash = '';
  return target;
}

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The headers that frame the body: without them the server behind would read the body as its next request. */
const framing = ['content-length', 'transfer-encoding'];

/**
 * Leaves out the headers of the connection alone: those that HTTP names, and those that the `connection` header names.
 *
 * @see RFC 9110 section 7.6.1
 */
export function withoutHop(headers: Headers): Record<string, string | string[]> {
  const named = [headers['connection'] ?? []].flat().flatMap((names) => names.toLowerCase().split(/[\s,]+/));
  const dropped = new Set([...hopByHop, ...named.filter((name) => !framing.includes(name))]);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || dropped.has(name) ? [] : [[name, value]],
    ),
  );
}

export function headersFor(
  upstream: URL,
  { headers, socket }: IncomingMessage,
): Record<string, string | string[]> {
  const before = headers['x-forwarded-for'];
  const forwarded = [...(before === undefined ? [] : [before].flat()), socket.remoteAddress ?? 'unknown'];
  return {
    ...withoutHop(headers),
    host: upstream.host,
    'x-forwarded-for': forwarded.join(', '),
    // Without it Node sends the body of a GET without a frame, and the server behind reads it as the next request.
    ...(headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }),
  };
}
