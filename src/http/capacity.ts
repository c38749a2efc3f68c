// What a node holds for its clients, each within a bound and a share for each network: connections, requests in flight,
// and bytes of bodies and answers.

import { createNetworkCounter, networksOf } from '../common/networks.js';
import { type Limits } from './limits.js';

/** The permit of one connection. */
export interface ConnectionPermit {
  /** All its requests have been answered: from now on it may lose its permit to a new connection. */
  idle(): void;
  busy(): void;
  leave(): void;
}

/**
 * The permits of a node for connections. When none is free, a new connection takes that of an idle one, so that clients
 * which keep idle connections for an hour cannot keep others out.
 */
export interface ConnectionPermits {
  /**
   * Takes a permit; null when none is free. Where the network has its whole share, the network's longest idle connection
   * ends for the new one. Where the node is full, that is the longest idle connection of the network that holds the
   * most permits, of those with an idle one.
   *
   * @param end ends the connection
   */
  take(ip: string, end: () => void): ConnectionPermit | null;
}

export interface ConnectionPermitsOptions {
  readonly maxConnections: number;
  /** Of one IPv4 address or IPv6 network. */
  readonly maxConnectionsOfNetwork: number;
}

interface Occupant {
  readonly end: () => void;
  readonly leave: () => void;
}

export function createConnectionPermits(options: ConnectionPermitsOptions): ConnectionPermits {
  const networks = createNetworkCounter(options.maxConnectionsOfNetwork);
  /** By network, for those that have any; the longest idle first. */
  const idle = new Map<string, Set<Occupant>>();
  let taken = 0;

  const largestIdleNetwork = () => {
    let largest: string | null = null;
    let most = 0;
    for (const network of idle.keys()) {
      const count = networks.of(network);
      if (count > most) [largest, most] = [network, count];
    }
    return largest;
  };

  /** Ends the longest idle connection of the network; false when it has none. */
  const endIdle = (network: string | null): boolean => {
    const [longest] = idle.get(network ?? '') ?? [];
    if (longest === undefined) return false;
    longest.leave();
    longest.end();
    return true;
  };

  return {
    take(ip, end) {
      const full = networks.fullNetwork(ip);
      if (full !== null && !endIdle(full)) return null;
      if (taken >= options.maxConnections && !endIdle(largestIdleNetwork())) return null;
      taken += 1;
      const networksOfIp = networksOf(ip);
      const leaveNetworks = networks.take(ip);
      let isTaken = true;

      const busy = () => {
        for (const network of networksOfIp) {
          const ofNetwork = idle.get(network);
          if (ofNetwork?.delete(occupant) === true && ofNetwork.size === 0) idle.delete(network);
        }
      };
      const leave = () => {
        if (!isTaken) return;
        isTaken = false;
        busy();
        taken -= 1;
        leaveNetworks();
      };
      const occupant: Occupant = { end, leave };
      return {
        idle() {
          if (!isTaken) return;
          for (const network of networksOfIp) {
            const ofNetwork = idle.get(network);
            if (ofNetwork === undefined) idle.set(network, new Set([occupant]));
            else ofNetwork.add(occupant);
          }
        },
        busy,
        leave,
      };
    },
  };
}

/** The requests that the node works on or has not sent the answer of, in all and for each network. */
export interface InFlight {
  /** Whether there is no permit for the client's next request. */
  isFull(ip: string): boolean;
  /** Takes a permit; the returned function gives it back, and is to be called once. */
  take(ip: string): () => void;
}

export function createInFlight({
  maxInFlight,
  maxInFlightOfNetwork,
}: Pick<Limits, 'maxInFlight' | 'maxInFlightOfNetwork'>): InFlight {
  const networks = createNetworkCounter(maxInFlightOfNetwork);
  let all = 0;

  return {
    isFull: (ip) => all >= maxInFlight || networks.isFull(ip),
    take(ip) {
      all += 1;
      const leave = networks.take(ip);
      return () => {
        all -= 1;
        leave();
      };
    },
  };
}

/** A connection for which bytes are held. */
export interface Holder {
  /** The answer that is being sent; null while there is none. It stays the same while the client does not read. */
  readonly head: () => unknown;
  readonly cut: () => void;
}

/**
 * The bytes that a node holds for its clients: answers that are not sent yet, and bodies that are not complete. Their sum
 * is bounded, and so is the time that a client may take to read an answer.
 */
export interface HeldBytes {
  /** Holds bytes. When there are too many, cuts the connections that have held bytes for the longest time. */
  hold(holder: Holder, bytes: number): void;
  release(holder: Holder, bytes: number): void;
  /** Stops looking for clients that do not read. */
  stop(): void;
}

export interface HeldBytesOptions {
  /** Of all connections together. */
  readonly maxHeldBytes: number;
  /** How long one answer may take to be sent. */
  readonly deliveryMs: number;
  readonly checkMs: number;
}

interface Held {
  bytes: number;
  head: unknown;
  since: number;
}

export function createHeldBytes({ maxHeldBytes, deliveryMs, checkMs }: HeldBytesOptions): HeldBytes {
  /** The oldest first. */
  const holders = new Map<Holder, Held>();
  let total = 0;

  const cut = (holder: Holder, { bytes }: Held) => {
    holders.delete(holder);
    total -= bytes;
    holder.cut();
  };

  const sweep = () => {
    const now = performance.now();
    for (const [holder, held] of holders) {
      const head = holder.head();
      if (head === null || head !== held.head) Object.assign(held, { head, since: now });
      else if (now - held.since > deliveryMs) cut(holder, held);
    }
  };
  const timer = setInterval(sweep, checkMs).unref();

  return {
    hold(holder, bytes) {
      const held = holders.get(holder);
      if (held === undefined) holders.set(holder, { bytes, head: null, since: 0 });
      else held.bytes += bytes;
      total += bytes;
      for (const [oldest, itsBytes] of holders) {
        if (total <= maxHeldBytes) break;
        cut(oldest, itsBytes);
      }
    },
    release(holder, bytes) {
      const held = holders.get(holder);
      // It was cut, which released everything that it held.
      if (held === undefined) return;
      const released = Math.min(bytes, held.bytes);
      held.bytes -= released;
      total -= released;
      if (held.bytes === 0) holders.delete(holder);
    },
    stop() {
      clearInterval(timer);
    },
  };
}
