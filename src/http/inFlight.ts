// How many requests the node works on or has not sent the answer of, in all and for each network.

import { createNetworkCounter } from '../common/networkCounter.js';
import { type Limits } from './limits.js';

export interface InFlight {
  /** Whether the client's next request is to be told to come back. */
  isFull(ip: string): boolean;
  /** Counts one more; the returned function counts it off again, once. */
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
