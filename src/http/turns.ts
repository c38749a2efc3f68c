// Turns of the event loop, one for each piece of work that waits for one.

import { createFairQueue } from '../common/fairQueue.js';

export interface Turns {
  /** Resolves in a turn of the event loop in which it does for no one else. Requesters are served in turn. */
  next(requester: string): Promise<void>;
}

export function createTurns(): Turns {
  const waiting = createFairQueue<() => void>();
  const advance = () => {
    waiting.shift()?.();
    if (waiting.size > 0) setImmediate(advance);
  };
  return {
    next: (requester) =>
      new Promise((resolve) => {
        if (waiting.size === 0) setImmediate(advance);
        waiting.push(requester, resolve);
      }),
  };
}
