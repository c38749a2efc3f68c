// Where a request came from. Only the connection itself is believed, and as many proxies in front of it as the
// operator has: anything further left in X-Forwarded-For a client can have written.

import { type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Tells a client's IP address, without a zone, and as IPv4 where IPv6 only wraps it; null when the connection has
 * gone already.
 */
export type ClientAddress = (request: IncomingMessage) => string | null;

/** @param proxies how many proxies append the address that they were asked from to X-Forwarded-For */
export function createClientAddress(proxies: number): ClientAddress {
  return (request) => {
    const { remoteAddress } = request.socket;
    if (remoteAddress === undefined) return null;
    let address = plainAddress(remoteAddress);
    if (proxies === 0) return address;
    // A proxy may append to the line or add one of its own; node joins the lines in their order.
    const header = request.headers['x-forwarded-for'];
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').reverse();
    for (const hop of hops.slice(0, proxies)) {
      const named = parseHop(hop.trim());
      // What is no address was not written by a proxy: the one before it stands.
      if (named === null) break;
      address = named;
    }
    return address;
  };
}

/** An address as proxies write it: bare, or with a port, `[2001:db8::1]:4711`; null for anything else. */
function parseHop(hop: string): string | null {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(hop) ?? [];
  const [, ipv4] = /^([\d.]+):\d+$/.exec(hop) ?? [];
  const address = plainAddress(bracketed ?? ipv4 ?? hop);
  return isIP(address) === 0 ? null : address;
}

/** `::ffff:192.0.2.1` is 192.0.2.1, and `fe80::1%eth0` is fe80::1. */
export function plainAddress(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length);
  const zone = address.indexOf('%');
  return zone === -1 ? address : address.slice(0, zone);
}
