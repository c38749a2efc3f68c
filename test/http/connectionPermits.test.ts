// Compares the connection permits with a simple model that searches all connections.

import { expect, test } from 'vitest';

import { networksOf } from '../../src/common/networks.js';
import { type ConnectionPermit, createConnectionPermits } from '../../src/http/connectionPermits.js';

interface Held {
  readonly ip: string;
  permit: ConnectionPermit | null;
  /** The position in the order in which connections became idle; null while it is busy. */
  idleSince: number | null;
}

const maxConnections = 60;
/** For an IPv4; below it for the /64, the /56 and the /48 of an IPv6. */
const maxOfNetwork = 24;
const maxOfIpv6 = [16, 20, 24];

/** Picks one of a few networks: each reaches its limit, and together they exceed the node's. */
function ipOf(random: () => number): string {
  const pick = (count: number) => String(Math.floor(random() * count));
  return random() < 0.5 ? `192.0.2.${pick(4)}` : `2001:db8:${pick(2)}:${pick(2)}0${pick(2)}::${pick(9)}`;
}

/** Makes a generator of the same numbers from 0 to 1 in each run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

test.each([1, 2, 3])(
  'DELIVERY-26 a new connection MUST replace the longest idle one of its full network, or else of the largest network (seed %i)',
  (seed) => {
    const random = randomOf(seed);
    const permits = createConnectionPermits({ maxConnections, maxConnectionsOfNetwork: maxOfNetwork });
    const held = new Set<Held>();
    const seen = new Set<string>();
    let order = 0;

    const of = (network: string) => [...held].filter(({ ip }) => networksOf(ip).includes(network));
    const longestIdle = (network: string) =>
      of(network)
        .filter(({ idleSince }) => idleSince !== null)
        .sort((a, b) => (a.idleSince ?? 0) - (b.idleSince ?? 0))[0] ?? null;
    const widestOf = ({ ip }: Held) => networksOf(ip).at(-1) ?? '';

    /** The connections of which a new one must replace one; null stands for a refusal of the new one. */
    const candidatesFor = (ip: string): readonly (Held | null)[] => {
      const networks = networksOf(ip);
      const mostOf = (at: number) => (networks.length === 1 ? maxOfNetwork : (maxOfIpv6[at] ?? 0));
      const full = networks.find((network, at) => of(network).length >= mostOf(at));
      if (full !== undefined) return [longestIdle(full)];
      if (held.size < maxConnections) return [];
      const idle = [...held].filter(({ idleSince }) => idleSince !== null);
      const most = Math.max(...idle.map((one) => of(widestOf(one)).length));
      const largest = idle.map(widestOf).filter((network) => of(network).length === most);
      return idle.length === 0 ? [null] : largest.map(longestIdle);
    };

    const connect = () => {
      const one: Held = { ip: ipOf(random), permit: null, idleSince: null };
      const candidates = candidatesFor(one.ip);
      const before = new Set(held);
      one.permit = permits.take(one.ip, () => held.delete(one));
      const [ended = null] = [...before].filter((other) => !held.has(other));
      if (candidates.length > 0) expect(candidates).toContain(ended);
      else expect(ended).toBeNull();
      expect(one.permit === null).toBe(candidates[0] === null);
      if (one.permit !== null) held.add(one);
      seen.add(one.permit === null ? 'refused' : ended === null ? 'free' : 'ended');
    };

    for (let step = 0; step < 4_000; step += 1) {
      const one = [...held][Math.floor(random() * held.size)];
      const act = random();
      // Phases in which connections become idle alternate with phases in which none does.
      const idleShare = step % 800 < 400 ? 0.3 : 0;
      if (one === undefined || act < 0.4) connect();
      else if (act < 0.4 + idleShare) {
        one.permit?.busy();
        one.permit?.idle();
        one.idleSince = order += 1;
      } else if (act < 0.95) {
        one.permit?.busy();
        one.idleSince = null;
      } else {
        one.permit?.leave();
        one.permit?.idle();
        held.delete(one);
      }
    }
    expect([...seen].sort()).toEqual(['ended', 'free', 'refused']);
  },
);
