// Counts attempts, connections and operations by client: an IPv4 address, or IPv6 networks. One customer gets at least 64 bits,
// within which a device takes addresses as it likes, and often 56 or 48. No network keeps all others out.

import { isIPv4, isIPv6 } from 'node:net';

import ipaddr from 'ipaddr.js';

/** The name under which all requests count whose IP is not known. */
const unknown = 'unknown';

/**
 * Lists the networks of an IP, from the narrowest to the widest: an IPv4 address alone, or an IPv6 address's /64, /56 and
 * /48. Each is the same text for every spelling of an IP.
 *
 * @param ip without a zone, or null when it is not known
 */
export function networksOf(ip: string | null): Networks {
  if (ip === null) return [unknown];
  const before = known.get(ip);
  if (before !== undefined) return before;
  const networks = readNetworks(ip);
  if (known.size >= maxKnown) known.clear();
  known.set(ip, networks);
  return networks;
}

type Networks = readonly [string, ...string[]];

/** Every request asks several times, and most come from an IP that asked a moment ago. */
const known = new Map<string, Networks>();
const maxKnown = 4_096;

function readNetworks(ip: string): Networks {
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

/** Returns the narrowest network of an IP. */
export function networkOf(ip: string | null): string {
  return networksOf(ip)[0];
}

export interface KeyedCounter {
  of(kind: string): number;
  /** @param count negative to take some away */
  add(kind: string, count: number): void;
}

/** How many kinds without a count may be kept. */
const maxEmpty = 1_024;

/**
 * Makes a counter. It keeps a kind whose count falls to 0 for a while, since most kinds are counted again soon. V8 builds a new
 * table for a `Map` after as many deletions as the table has room for, and collects the old tables late.
 */
export function createKeyedCounter(): KeyedCounter {
  const counts = new Map<string, { sum: number }>();
  let empty = 0;

  const deleteEmpty = () => {
    for (const [kind, { sum }] of counts) if (sum === 0) counts.delete(kind);
    empty = 0;
  };

  return {
    of: (kind) => counts.get(kind)?.sum ?? 0,
    add(kind, count) {
      let known = counts.get(kind);
      if (known === undefined) {
        known = { sum: 0 };
        counts.set(kind, known);
        empty += 1;
      }
      if (known.sum === 0) empty -= 1;
      known.sum += count;
      if (known.sum !== 0) return;
      empty += 1;
      if (empty > maxEmpty && empty > counts.size / 2) deleteEmpty();
    },
  };
}

export interface NetworkCounter {
  /** Tells whether a network of the IP holds as much as it may. */
  isFull(ip: string): boolean;
  /** Returns the narrowest network of the IP that holds as much as it may; null when there is none. */
  fullNetwork(ip: string): string | null;
  /** Counts one more; the returned function undoes that, once. */
  take(ip: string): () => void;
}

/** The shares of the /64, the /56 and the /48 of an IPv6 address: a wider network has many customers. */
const sharesOfIpv6 = [2 / 3, 5 / 6, 1];

/** @param most the most of one IPv4 address, or of one IPv6 network of 48 bits */
export function createNetworkCounter(most: number): NetworkCounter {
  const counts = createKeyedCounter();
  const bounds = sharesOfIpv6.map((share) => Math.ceil(most * share));

  const fullNetwork = (ip: string): string | null => {
    const networks = networksOf(ip);
    const isFull = (network: string, at: number) =>
      counts.of(network) >= (networks.length === 1 ? most : (bounds[at] ?? most));
    return networks.find(isFull) ?? null;
  };

  return {
    isFull: (ip) => fullNetwork(ip) !== null,
    fullNetwork,
    take(ip) {
      const networks = networksOf(ip);
      for (const network of networks) counts.add(network, 1);
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        for (const network of networks) counts.add(network, -1);
      };
    },
  };
}
