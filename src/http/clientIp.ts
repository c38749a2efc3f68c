// Finds the client's IP: that of the connection, or that in X-Forwarded-For behind proxies that the operator trusts.

import { type IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

/**
 * Returns a client's IP, without a zone, and as IPv4 where IPv6 only wraps it.
 *
 * @param connectionIp the IP of the connection, as it was when the connection opened
 */
export type ClientIp = (connectionIp: string, headers: IncomingHttpHeaders) => string;

/** How many proxies append their client's IP to X-Forwarded-For, or the networks of those proxies. */
export type TrustedProxies = number | readonly string[];

/**
 * Makes a reader of the client's IP. It trusts only the connection and the proxies that the operator named: a client can
 * write everything further left in X-Forwarded-For.
 *
 * @param onUntrusted called with the IP of a proxy that forwards a request and is not trusted
 */
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
    // A proxy may append to the line or add one of its own; Node joins the lines in their order.
    const header = headers['x-forwarded-for'];
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').reverse();
    for (const [index, hop] of hops.entries()) {
      if (!isTrusted(ip, index)) break;
      const named = parseHop(hop.trim());
      // A proxy writes only IPs, so the client wrote this text, and the IP before it is the client's.
      if (named === null) break;
      ip = named;
    }
    return ip;
  };
}

/** Tells whether the hop with this IP, `distance` hops away, is a trusted proxy. */
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

/** Parses a network. An IPv4 network may be written as IPv6 wraps it. */
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

/** Tells whether the IP belongs to this machine, or to the network of a company or cluster. */
function isPrivate(ip: string): boolean {
  const range = ipaddr.parse(ip).range();
  return ['private', 'loopback', 'linkLocal', 'uniqueLocal', 'carrierGradeNat'].includes(range);
}

/** Parses an IP as proxies write it: bare, or with a port, `[2001:db8::1]:4711`; null for anything else. */
export function parseHop(hop: string): string | null {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(hop) ?? [];
  const [, ipv4] = /^([\d.]+):\d+$/.exec(hop) ?? [];
  const ip = plainIp(bracketed ?? ipv4 ?? hop);
  return isIP(ip) === 0 ? null : ipaddr.process(ip).toString();
}

/** Makes `::ffff:192.0.2.1` 192.0.2.1, and `fe80::1%eth0` fe80::1. */
export function plainIp(ip: string): string {
  if (ip.startsWith('::ffff:') && ip.includes('.')) return ip.slice('::ffff:'.length);
  const zone = ip.indexOf('%');
  return zone === -1 ? ip : ip.slice(0, zone);
}
