// What one `sessionEnded` subscription waits on: a single event, then the end. It is no generator function, because
// one that waits cannot be stopped from outside.

import { type RejectedSession } from '../../sessions/types.js';

export interface EndedEvent {
  readonly sessionEnded: RejectedSession;
}

export interface EndedStream extends AsyncIterableIterator<EndedEvent, undefined> {
  /** Gives the event to whoever waits for it. */
  tell(outcome: RejectedSession): void;
}

/** @param known how the session ended, where it has already; else null */
export function createEndedStream(known: RejectedSession | null): EndedStream {
  let ended = known;
  let isOver = false;
  let waiting: ((result: IteratorResult<EndedEvent, undefined>) => void) | null = null;

  const settle = (result: IteratorResult<EndedEvent, undefined>) => {
    isOver = true;
    waiting?.(result);
    waiting = null;
    return result;
  };

  return {
    next() {
      if (isOver) return Promise.resolve(over);
      if (ended !== null) return Promise.resolve(settle(eventOf(ended)));
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    tell(outcome) {
      ended ??= outcome;
      if (waiting !== null) settle(eventOf(ended));
    },
    return: () => Promise.resolve(settle(over)),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const over = { done: true, value: undefined } as const;

function eventOf(sessionEnded: RejectedSession): IteratorResult<EndedEvent, undefined> {
  return { done: false, value: { sessionEnded } };
}
