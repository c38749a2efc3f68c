// Counts by key, and counts by the networks of an IP, so that no network keeps all others out.

import { networksOf } from './ip.js';

export interface KeyedCounter {
  of(kind: string): number;
  /** @param count negative to take some away */
  add(kind: string, count: number): void;
}

export function createKeyedCounter(): KeyedCounter {
  const counts = new Map<string, number>();
  const of = (kind: string) => counts.get(kind) ?? 0;
  return {
    of,
    add(kind, count) {
      const sum = of(kind) + count;
      if (sum === 0) counts.delete(kind);
      else counts.set(kind, sum);
    },
  };
}

export interface NetworkCounter {
  /** Whether a network of the IP holds as much as it may. */
  isFull(ip: string): boolean;
  /** Returns the narrowest network of the IP that holds as much as it may; null when there is none. */
  fullNetwork(ip: string): string | null;
  /** Returns how much a network holds. */
  of(network: string): number;
  /** Counts one more; the returned function undoes that, once. */
  take(ip: string): () => void;
}

/** What the /64, the /56 and the /48 of an IPv6 address may hold: a wider network has many customers. */
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
    of: (network) => counts.of(network),
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
