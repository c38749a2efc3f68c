// Lets a few at a time through for each key and keeps the others waiting in their order. So many attempts at one
// account at once do not use up its limit merely by being under way, as those of an honest user would.

import { LimiterUnavailable } from './errors.js';

export interface Gate {
  readonly key: string;
  /** How many are let through at a time; at least 1. */
  readonly room: number;
}

export interface Gates {
  /**
   * Resolves when there is room.
   *
   * @throws LimiterUnavailable when too many wait, for whatever keys; what {@link Gates.fail} is called with while this one waits
   */
  enter(gate: Gate): Promise<void>;
  /** Notes that the one inside is at its attempt, which it ends with {@link Gates.conclude}. */
  begin(gate: Gate): void;
  conclude(gate: Gate): void;
  leave(gate: Gate): void;
  /** Turns away all that wait: what one of them would meet, all would. */
  fail(gate: Gate, error: Error): void;
  /** Resolves when an attempt is concluded; null when none is under way. */
  nextConclusion(gate: Gate): Promise<void> | null;
}

interface State {
  inside: number;
  underWay: number;
  readonly waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[];
  readonly watching: (() => void)[];
}

/** @param mostWaiting how many may wait, for whatever keys: whoever has many must not fill the node with those that wait */
export function createGates(mostWaiting: number): Gates {
  const states = new Map<string, State>();
  let waiting = 0;

  return {
    async enter({ key, room }) {
      const state = states.get(key) ?? { inside: 0, underWay: 0, waiting: [], watching: [] };
      states.set(key, state);
      if (state.inside < room) {
        state.inside += 1;
        return;
      }
      if (waiting >= mostWaiting) throw new LimiterUnavailable();
      waiting += 1;
      try {
        await new Promise<void>((resolve, reject) => {
          state.waiting.push({ resolve, reject });
        });
      } finally {
        waiting -= 1;
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
      const next = state.waiting.shift();
      // The place is handed on.
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
