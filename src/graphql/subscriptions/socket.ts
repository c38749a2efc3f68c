// One websocket: its session, the subscriptions that wait for the session's end, and its closing once all of them have been
// notified.

import type { Context as ProtocolContext } from 'graphql-ws';

import type { RejectedSession } from '../../sessions/types.js';
import type { Caller } from '../context.js';

/** The connection, as the floor above provides it. */
export interface SocketTransport {
  /** The subprotocol that was agreed on. */
  readonly protocol: string;
  /** Resolves when the text has been handed to the network, or can never be. */
  send(text: string): Promise<void>;
  /** Begins to close; a second call does nothing. */
  close(code: number, reason: string): void;
}

/** The context that graphql-ws has for one websocket. */
export type SocketContext = ProtocolContext<Record<string, unknown>, SubscriptionSocket>;

/** Close codes, beside those that the protocol itself uses. */
export const closeCodes = {
  /** The token has no live session; the reason says why. */
  forbidden: 4403,
  tooMany: 4429,
  tryAgainLater: 1013,
} as const;

/**
 * How long notifying the subscriptions of the end may take, in milliseconds, before the websocket closes anyway. A subscription
 * that begins looks its session up, for at most 4 s.
 */
const closeTimeoutMs = 5_000;

/** A class, since one node has ten thousand of them open: they share their methods. */
export class SubscriptionSocket {
  readonly transport: Pick<SocketTransport, 'close'>;
  /** The client that opened it, with the token that the client has presented since. */
  caller: Caller;
  /** How the session ended; null while it is live. */
  ended: RejectedSession | null = null;
  isClosed = false;
  /** Releases what the node holds for the session; null while there is none. */
  release: (() => void) | null = null;
  context: Pick<SocketContext, 'subscriptions'> | null = null;
  readonly #streams = new Map<string, EndedStream>();

  constructor(transport: Pick<SocketTransport, 'close'>, caller: Caller) {
    this.transport = transport;
    this.caller = caller;
  }

  /** Opens the event stream of the subscription `id`. */
  sessionEnded(id: string): EndedStream {
    const stream = createEndedStream(this.ended);
    this.#streams.set(id, stream);
    return stream;
  }

  /** Tells whether the subscription `id` waits for the session's end. */
  isTold(id: string): boolean {
    return this.#streams.has(id);
  }

  /** Notifies the subscriptions that wait for the session's end, stops every other one, and closes. */
  end(outcome: RejectedSession): void {
    if (this.ended !== null || this.isClosed) return;
    this.ended = outcome;
    for (const stream of this.#streams.values()) stream.end(outcome);
    for (const [id, subscription] of Object.entries(this.context?.subscriptions ?? {})) {
      if (this.isTold(id) || subscription === null || !('return' in subscription)) continue;
      void subscription.return(undefined);
    }
    setTimeout(() => {
      this.#closeAs(outcome);
    }, closeTimeoutMs).unref();
    this.closeIfAllTold();
  }

  /** A subscription is over. Its last messages are sent in this very turn of the event loop. */
  completed(id: string): void {
    this.#streams.delete(id);
    this.closeIfAllTold();
  }

  /** Closes the socket when its session has ended and no subscription waits for its event, not even one that begins. */
  closeIfAllTold(): void {
    const { ended } = this;
    if (ended === null || this.#streams.size > 0 || this.#isOneBeginning()) return;
    setImmediate(() => {
      this.#closeAs(ended);
    });
  }

  /** The connection is gone. */
  closed(): void {
    this.isClosed = true;
    this.release?.();
    this.release = null;
  }

  /** The protocol's library has null for a subscription whose stream is not there yet. */
  #isOneBeginning(): boolean {
    return Object.values(this.context?.subscriptions ?? {}).includes(null);
  }

  #closeAs({ reason }: RejectedSession): void {
    if (!this.isClosed) this.transport.close(closeCodes.forbidden, reason);
  }
}

export interface EndedEvent {
  readonly sessionEnded: RejectedSession;
}

export interface EndedStream extends AsyncIterableIterator<EndedEvent, undefined> {
  /** Gives the event to the subscription that waits for it. */
  end(outcome: RejectedSession): void;
}

/**
 * Makes a stream of a single event. It is no generator function: one that waits cannot be stopped from outside.
 *
 * @param known how the session ended, where it has already; else null
 */
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
    end(outcome) {
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
