// Bounds the connections of a node, in all and for each network, and chooses the idle one that ends when a new one finds no
// room.

import { createNetworkCounter, networksOf } from '../common/networks.js';

/** The permit of one connection. */
export interface ConnectionPermit {
  /** Notes that all requests have been answered: from now on a new connection may take the permit. */
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
  /** The most connections of one IPv4 address or IPv6 network. */
  readonly maxConnectionsOfNetwork: number;
}

/**
 * A place in a circle of such places, whose head has no item. To move one allocates nothing and takes no search: each
 * request makes its connection busy and idle, and each connection of a flood asks which one ends for it. A `Set` would
 * build a new table after a few requests, and V8 keeps the old tables until a full collection.
 */
class Link<T> {
  readonly item: T;
  before: Link<T | null> = this;
  after: Link<T | null> = this;

  constructor(item: T) {
    this.item = item;
  }

  leave(): void {
    this.before.after = this.after;
    this.after.before = this.before;
    this.before = this;
    this.after = this;
  }

  /** Becomes the last one of the circle. */
  join(head: Link<T | null>): void {
    this.leave();
    this.before = head.before;
    this.after = head;
    head.before.after = this;
    head.before = this;
  }
}

type Head<T> = Link<T | null>;

interface Occupant {
  readonly end: () => void;
  readonly leave: () => void;
}

/** A network that holds connections. */
interface Network {
  count: number;
  /** The idle connections of the network, the longest idle first. */
  readonly idle: Head<Occupant>;
  /** The network's place among those with as many connections; in a circle while it has an idle one. */
  readonly place: Link<{ readonly idle: Head<Occupant> }>;
}

/** Finds the network with most connections, of those with an idle one. */
function createLargestNetworks() {
  /** By the number of connections. */
  const heads: Head<{ readonly idle: Head<Occupant> }>[] = [new Link(null)];
  let largest = 0;

  return {
    /** Puts a network where its count is now. */
    place({ count, idle, place }: Network) {
      place.leave();
      if (idle.after === idle) return;
      for (let size = heads.length; size <= count; size += 1) heads.push(new Link(null));
      const head = heads[count];
      if (head !== undefined) place.join(head);
      largest = Math.max(largest, count);
    },
    /** The longest idle connection of the largest network; null when none is idle. */
    longestIdle(): Occupant | null {
      while (largest > 0 && heads[largest]?.after === heads[largest]) largest -= 1;
      return heads[largest]?.after.item?.idle.after.item ?? null;
    },
  };
}

export function createConnectionPermits(options: ConnectionPermitsOptions): ConnectionPermits {
  const shares = createNetworkCounter(options.maxConnectionsOfNetwork);
  const networks = new Map<string, Network>();
  const largest = createLargestNetworks();
  let taken = 0;

  const networkOf = (name: string): Network => {
    const known = networks.get(name);
    if (known !== undefined) return known;
    const idle: Head<Occupant> = new Link(null);
    const made = { count: 0, idle, place: new Link({ idle }) };
    networks.set(name, made);
    return made;
  };

  /** Ends an idle connection for a new one; false when there is none. */
  const end = (occupant: Occupant | null): boolean => {
    occupant?.leave();
    occupant?.end();
    return occupant !== null;
  };

  return {
    take(ip, endConnection) {
      const full = shares.fullNetwork(ip);
      if (full !== null && !end(networks.get(full)?.idle.after.item ?? null)) return null;
      if (taken >= options.maxConnections && !end(largest.longestIdle())) return null;
      taken += 1;
      const leaveShares = shares.take(ip);
      const names = networksOf(ip);
      const occupant: Occupant = { end: endConnection, leave };
      const seats = names.map((name) => ({ network: networkOf(name), link: new Link(occupant) }));
      /** The widest network has all connections of the narrower ones. */
      const widest = networkOf(names.at(-1) ?? names[0]);
      for (const { network } of seats) network.count += 1;
      largest.place(widest);
      let isTaken = true;

      function busy() {
        for (const { link } of seats) link.leave();
        if (widest.idle.after === widest.idle) widest.place.leave();
      }

      function leave() {
        if (!isTaken) return;
        isTaken = false;
        busy();
        taken -= 1;
        leaveShares();
        for (const [at, { network }] of seats.entries()) {
          network.count -= 1;
          if (network.count === 0) networks.delete(names[at] ?? '');
        }
        largest.place(widest);
      }

      return {
        idle() {
          if (!isTaken) return;
          for (const { network, link } of seats) link.join(network.idle);
          if (widest.place.after === widest.place) largest.place(widest);
        },
        busy,
        leave,
      };
    },
  };
}
