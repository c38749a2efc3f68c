// Where a request came from. Only the connection itself is believed, and the proxies in front of it that the operator
// has named: anything further left in X-Forwarded-For a client can have written.

import { type IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

/**
 * Tells a client's IP, without a zone, and as IPv4 where IPv6 only wraps it.
 *
 * @param connectionIp the IP of the connection, as it was when that opened
 */
export type ClientIp = (connectionIp: string, headers: IncomingHttpHeaders) => string;

/** How many proxies append the IP that they were asked from to X-Forwarded-For, or the networks they are in. */
export type TrustedProxies = number | readonly string[];

/** @param onUntrusted called for a request that a proxy has passed on which is not trusted, with the proxy's IP */
export function createClientIp(
  trusted: TrustedProxies,
  onUntrusted: (ip: string) => void = () => undefined,
): ClientIp {
  const isTrusted = typeof trusted === 'number' ? byCount(trusted) : byNetwork(trusted);
  return (connectionIp, headers) => {
    if (!isTrusted(connectionIp, 0)) {
      if (isForwarded(headers) && isPrivate(connectionIp)) onUntrusted(connectionIp);
      return connectionIp;
    }
    let ip = connectionIp;
    // A proxy may append to the line or add one of its own; node joins the lines in their order.
    const header = headers['x-forwarded-for'];
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').reverse();
    for (const [index, hop] of hops.entries()) {
      if (!isTrusted(ip, index)) break;
      const named = parseHop(hop.trim());
      // What is no IP was not written by a proxy: the one before it stands.
      if (named === null) break;
      ip = named;
    }
    return ip;
  };
}

/** Whether to believe what is said by the one with this IP, who is `distance` hops away. */
type IsTrusted = (ip: string, distance: number) => boolean;

const byCount =
  (count: number): IsTrusted =>
  (_ip, distance) =>
    distance < count;

function byNetwork(networks: readonly string[]): IsTrusted {
  const ranges = networks.map(parseNetwork);
  return (ip) => {
    const parsed = ipaddr.parse(ip);
    return ranges.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits));
  };
}

/** An IPv4 network may be written as IPv6 wraps it. */
function parseNetwork(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const [ip = '', bits] = text.split('/');
  const wrapped = ipaddr.parse(ip);
  const network = ipaddr.process(ip);
  const all = wrapped.kind() === 'ipv4' ? 32 : 128;
  const shortened = wrapped.kind() === network.kind() ? 0 : 96;
  return [network, Math.max(0, Number(bits ?? all) - shortened)];
}

function isForwarded(headers: IncomingHttpHeaders): boolean {
  return headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
}

/** Whether the IP is one of a network at home: of this machine, a company or a cluster. */
function isPrivate(ip: string): boolean {
  const range = ipaddr.parse(ip).range();
  return ['private', 'loopback', 'linkLocal', 'uniqueLocal', 'carrierGradeNat'].includes(range);
}

/** An IP as proxies write it: bare, or with a port, `[2001:db8::1]:4711`; null for anything else. */
function parseHop(hop: string): string | null {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(hop) ?? [];
  const [, ipv4] = /^([\d.]+):\d+$/.exec(hop) ?? [];
  const ip = plainIp(bracketed ?? ipv4 ?? hop);
  return isIP(ip) === 0 ? null : ipaddr.process(ip).toString();
}

/** `::ffff:192.0.2.1` is 192.0.2.1, and `fe80::1%eth0` is fe80::1. */
export function plainIp(ip: string): string {
  if (ip.startsWith('::ffff:') && ip.includes('.')) return ip.slice('::ffff:'.length);
  const zone = ip.indexOf('%');
  return zone === -1 ? ip : ip.slice(0, zone);
}
