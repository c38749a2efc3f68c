// Where a request came from. Only the connection itself is believed, and as many proxies in front of it as the
// operator has: anything further left in X-Forwarded-For a client can have written.

import { type IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Tells a client's IP, without a zone, and as IPv4 where IPv6 only wraps it.
 *
 * @param connectionIp the IP of the connection, as it was when that opened
 */
export type ClientIp = (connectionIp: string, headers: IncomingHttpHeaders) => string;

/** @param proxies how many proxies append the IP that they were asked from to X-Forwarded-For */
export function createClientIp(proxies: number): ClientIp {
  return (connectionIp, headers) => {
    let ip = connectionIp;
    if (proxies === 0) return ip;
    // A proxy may append to the line or add one of its own; node joins the lines in their order.
    const header = headers['x-forwarded-for'];
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').reverse();
    for (const hop of hops.slice(0, proxies)) {
      const named = parseHop(hop.trim());
      // What is no IP was not written by a proxy: the one before it stands.
      if (named === null) break;
      ip = named;
    }
    return ip;
  };
}

/** An IP as proxies write it: bare, or with a port, `[2001:db8::1]:4711`; null for anything else. */
function parseHop(hop: string): string | null {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(hop) ?? [];
  const [, ipv4] = /^([\d.]+):\d+$/.exec(hop) ?? [];
  const ip = plainIp(bracketed ?? ipv4 ?? hop);
  return isIP(ip) === 0 ? null : ip;
}

/** `::ffff:192.0.2.1` is 192.0.2.1, and `fe80::1%eth0` is fe80::1. */
export function plainIp(ip: string): string {
  if (ip.startsWith('::ffff:') && ip.includes('.')) return ip.slice('::ffff:'.length);
  const zone = ip.indexOf('%');
  return zone === -1 ? ip : ip.slice(0, zone);
}
