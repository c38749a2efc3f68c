// Coordinates the clients that share a session: one of them watches it for all, and its end is handled once no act that
// may replace the token is under way in any of them.

import { type Locks, platform, withDeadline } from './platform.js';

export interface Tabs {
  /** Runs an act that may replace the token. */
  act<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when no such act is under way any more, or after {@link maxWaitMs}. */
  settled(): Promise<void>;
  /** Begins the work when no other tab does it. The returned function ends the work, or the waiting for it. */
  lead(begin: () => () => void): () => void;
}

/** How long an end waits at most for acts that are under way, in milliseconds: one of them may hang. */
const maxWaitMs = 5_000;

/**
 * The pause before another tab takes over the work that one tab has ended, in milliseconds: the others first hear why it
 * ended, and may not want it any more.
 */
const handOverMs = 250;

/** @param sharedName null where the client shares its session with no other */
export function createTabs(sharedName: string | null): Tabs {
  const locks = platform.navigator?.locks;
  return sharedName === null || locks === undefined ? oneTab() : lockedTabs(sharedName, locks);
}

function oneTab(): Tabs {
  const acts = new Set<Promise<unknown>>();
  return {
    async act(work) {
      const act = work();
      acts.add(act);
      try {
        return await act;
      } finally {
        acts.delete(act);
      }
    },
    async settled() {
      if (acts.size === 0) return;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const timeout = new Promise((resolve) => (timer = setTimeout(resolve, maxWaitMs)));
      await Promise.race([Promise.allSettled(acts), timeout]);
      clearTimeout(timer);
    },
    lead: (begin) => begin(),
  };
}

function lockedTabs(name: string, locks: Locks): Tabs {
  return {
    act: (work) => locks.request(`${name}:act`, { mode: 'shared' }, work),
    async settled() {
      const wait = (signal: AbortSignal) => locks.request(`${name}:act`, { signal }, () => Promise.resolve());
      await withDeadline(maxWaitMs, wait).catch(() => undefined);
    },
    lead(begin) {
      const waiting = new AbortController();
      let end: () => void = () => {
        waiting.abort();
      };
      locks
        .request(`${name}:watch`, { signal: waiting.signal }, () => {
          const stop = begin();
          return new Promise<void>((resolve) => {
            end = () => {
              stop();
              setTimeout(resolve, handOverMs);
            };
          });
        })
        .catch(() => undefined);
      return () => {
        end();
      };
    },
  };
}
