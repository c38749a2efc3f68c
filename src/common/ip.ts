// Whom attempts, connections and operations are counted for: an IPv4 address, or IPv6 networks. One customer gets at
// least 64 bits, within which a device takes addresses as it likes, and often 56 or 48.

import { isIPv4, isIPv6 } from 'node:net';

import ipaddr from 'ipaddr.js';

/** The name under which all requests count whose IP is not known. */
const unknown = 'unknown';

/**
 * The networks of an IP, from the narrowest to the widest: an IPv4 address alone, or an IPv6 address's /64, /56 and
 * /48. Each is the same text for every spelling of an IP.
 *
 * @param ip without a zone, or null when it is not known
 */
export function networksOf(ip: string | null): readonly [string, ...string[]] {
  if (ip === null) return [unknown];
  if (isIPv4(ip)) return [ip];
  if (!isIPv6(ip)) return [unknown];
  const parsed = ipaddr.IPv6.parse(ip);
  // RFC 4291 section 2.5.5.2: an IPv4 address in the last 32 bits, as a dual-stack socket shows it.
  if (parsed.isIPv4MappedAddress()) return [parsed.toIPv4Address().toString()];
  const [a = 0, b = 0, c = 0, d = 0] = parsed.parts;
  const named = (parts: readonly number[], bits: number) =>
    `${parts.map((part) => part.toString(16)).join(':')}::/${String(bits)}`;
  return [named([a, b, c, d], 64), named([a, b, c, d & 0xff00], 56), named([a, b, c], 48)];
}

/** The narrowest network of an IP. */
export function networkOf(ip: string | null): string {
  return networksOf(ip)[0];
}
