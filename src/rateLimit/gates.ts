// A keyed semaphore: a few attempts at a time for each account and network, and a bounded number that wait.

import { createKeyedCounter } from '../common/networks.js';
import { LimiterUnavailable } from './counters.js';

export interface Gate {
  readonly key: string;
  /** How many are let through at a time; at least 1. */
  readonly permits: number;
}

/** The client that wants to enter. */
export interface Requester {
  readonly network: string;
  /** Asked only where the requester has to wait: whether its network is known to the account. */
  readonly isKnown: () => Promise<boolean>;
}

/**
 * Let a few attempts at a time through for each key. Many attempts at one account at once do not use up its limit merely
 * by being under way, as those of an honest user would. The others wait, and networks are served in turn.
 */
export interface Gates {
  /**
   * Resolves when there is room.
   *
   * @throws LimiterUnavailable when too many wait, for whatever keys; the error of {@link Gates.fail} while this one waits
   */
  enter(gate: Gate, requester: Requester): Promise<void>;
  /** Notes that the one inside is at its attempt, which it ends with {@link Gates.conclude}. */
  begin(gate: Gate): void;
  conclude(gate: Gate): void;
  leave(gate: Gate): void;
  /** Rejects all that wait, since each would meet the same error. */
  fail(gate: Gate, error: Error): void;
  /** Resolves when an attempt is concluded; null when none is under way. */
  nextConclusion(gate: Gate): Promise<void> | null;
}

interface Waiter {
  readonly network: string;
  readonly isKnown: boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface State {
  inside: number;
  underWay: number;
  waiting: Waiter[];
  readonly watching: (() => void)[];
  /** The network that was let in last. */
  lastNetwork: string;
}

/**
 * Creates the gates of a node.
 *
 * @param maxWaiting how many may wait, for whatever keys, so that attempts cannot fill a node. The last quarter is for
 *   networks that are known, and one that is not gets half at the most.
 */
export function createGates(maxWaiting: number): Gates {
  const states = new Map<string, State>();
  const networks = createKeyedCounter();
  let waiting = 0;

  const hasRoom = (network: string, isKnown: boolean) =>
    isKnown
      ? waiting < maxWaiting
      : waiting < Math.ceil(maxWaiting * 0.75) && networks.of(network) < Math.ceil(maxWaiting / 2);

  const stateOf = (key: string): State => {
    const state = states.get(key) ?? { inside: 0, underWay: 0, waiting: [], watching: [], lastNetwork: '' };
    states.set(key, state);
    return state;
  };

  return {
    async enter({ key, permits }, { network, isKnown }) {
      if (stateOf(key).inside < permits) {
        stateOf(key).inside += 1;
        return;
      }
      if (waiting >= maxWaiting) throw new LimiterUnavailable();
      const known = await isKnown();
      // A permit may have become free meanwhile.
      const state = stateOf(key);
      if (state.inside < permits) {
        state.inside += 1;
        return;
      }
      if (!hasRoom(network, known)) throw new LimiterUnavailable();
      waiting += 1;
      networks.add(network, 1);
      try {
        await new Promise<void>((resolve, reject) => {
          state.waiting.push({ network, isKnown: known, resolve, reject });
        });
      } finally {
        waiting -= 1;
        networks.add(network, -1);
      }
    },

    begin({ key }) {
      const state = states.get(key);
      if (state !== undefined) state.underWay += 1;
    },

    conclude({ key }) {
      const state = states.get(key);
      if (state === undefined) return;
      state.underWay -= 1;
      for (const watcher of state.watching.splice(0)) watcher();
    },

    leave({ key }) {
      const state = states.get(key);
      if (state === undefined) return;
      const next = nextOf(state);
      // The permit is handed on.
      if (next !== undefined) next.resolve();
      else if (state.inside > 1) state.inside -= 1;
      else states.delete(key);
    },

    fail({ key }, error) {
      for (const { reject } of states.get(key)?.waiting.splice(0) ?? []) reject(error);
    },

    nextConclusion({ key }) {
      const state = states.get(key);
      if (state === undefined || state.underWay === 0) return null;
      return new Promise((resolve) => state.watching.push(resolve));
    },
  };
}

/** Takes the next one out of the queue: known networks first, then another network than the last one. */
function nextOf(state: State): Waiter | undefined {
  const { waiting, lastNetwork } = state;
  const known = waiting.findIndex((one) => one.isKnown && one.network !== lastNetwork);
  const other = waiting.findIndex((one) => one.network !== lastNetwork);
  const [next] = waiting.splice(known >= 0 ? known : Math.max(other, 0), 1);
  state.lastNetwork = next?.network ?? '';
  return next;
}
