// The places of a node for connections. A network has a share of them. When no place is free, a new connection takes
// that of an idle one, so that clients which keep idle connections for an hour cannot keep others out.

import { createNetworkCounter, networksOf } from '../common/networks.js';

/** The place of one connection. */
export interface ConnectionPlace {
  /** All its requests have been answered: from now on it may lose its place to a new connection. */
  idle(): void;
  busy(): void;
  leave(): void;
}

export interface ConnectionPlaces {
  /**
   * Takes a place; null when none is free. Where the network has its whole share, the network's longest idle connection
   * ends for the new one. Where the node is full, that is the longest idle connection of the network that holds the
   * most places, of those with an idle one.
   *
   * @param end ends the connection
   */
  take(ip: string, end: () => void): ConnectionPlace | null;
}

export interface ConnectionPlacesOptions {
  readonly maxConnections: number;
  /** Of one IPv4 address or IPv6 network. */
  readonly maxConnectionsOfNetwork: number;
}

interface Occupant {
  readonly end: () => void;
  readonly leave: () => void;
}

export function createConnectionPlaces(options: ConnectionPlacesOptions): ConnectionPlaces {
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
