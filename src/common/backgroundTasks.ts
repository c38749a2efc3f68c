// Runs work that no answer waits for. It never throws, and a stop can wait until all of it is done.

import { type Log } from '../observability/log.js';

export interface Background {
  /**
   * Starts the work now; a failure is logged under `name`. With a `key`, it is left out while work with the same
   * key is still running.
   */
  run(name: string, work: () => Promise<unknown>, key?: string): void;
  /** Tells whether a stop waits: work in batches leaves the rest to other nodes. */
  stopping(): boolean;
  /** Resolves when all work has ended. */
  drained(): Promise<void>;
}

export function createBackground(log: Log): Background {
  const running = new Set<Promise<void>>();
  const keys = new Set<string>();
  let isStopping = false;

  return {
    run(name, work, key) {
      if (key !== undefined) {
        if (keys.has(key)) return;
        keys.add(key);
      }
      const task = work().then(
        () => undefined,
        (err: unknown) => {
          log.warn({ err, task: name }, 'background work failed');
        },
      );
      running.add(task);
      void task.then(() => {
        running.delete(task);
        if (key !== undefined) keys.delete(key);
      });
    },

    stopping: () => isStopping,

    async drained() {
      isStopping = true;
      while (running.size > 0) await Promise.all(running);
    },
  };
}
