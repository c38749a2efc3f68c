// The state of the session as this device knows it, with its listeners, in a store that other tabs write too.

import { notSignedIn, type SessionState, type SessionStore } from './store.js';

export interface LocalState {
  current(): SessionState;
  /** Writes the state, and calls the listeners. */
  change(next: SessionState): void;
  /** Takes over the state that another tab has written. */
  synchronize(): void;
  /** Calls the listener after each change, in any tab. The returned function ends that. */
  subscribe(listener: () => void): () => void;
  /** Stops listening to the other tabs. */
  stop(): void;
}

export function createLocalState(store: SessionStore): LocalState {
  let state = store.read() ?? notSignedIn;
  const listeners = new Set<() => void>();

  const show = (next: SessionState) => {
    state = next;
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        // The other listeners are still called, and the error is reported as that of an event listener is.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };
  const synchronize = () => {
    const next = store.read() ?? notSignedIn;
    if (JSON.stringify(next) !== JSON.stringify(state)) show(next);
  };
  const stop = store.onChange(synchronize);

  return {
    current: () => state,
    change(next) {
      store.write(next);
      show(next);
    },
    synchronize,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    stop,
  };
}
