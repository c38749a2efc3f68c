// One websocket: whose session it is, which subscriptions wait for that session's end, and its closing, which comes
// after everybody who waits has been told.

import { type Context as ProtocolContext } from 'graphql-ws';

import { type RejectedSession } from '../../sessions/types.js';
import { type Asker } from '../context.js';
import { createEndedStream, type EndedStream } from './endedStream.js';

/** The connection as the floor above has it. */
export interface Transport {
  /** The subprotocol that was agreed on. */
  readonly protocol: string;
  /** Resolves when the text is on its way, or can never be. */
  send(text: string): Promise<void>;
  /** Begins to close; a second call does nothing. */
  close(code: number, reason: string): void;
}

/** What the protocol has as its context of one socket. */
export type SocketContext = ProtocolContext<Record<string, unknown>, LiveSocket>;

/** Close codes, beside those that the protocol itself uses. */
export const closeCodes = {
  /** The token does not stand any more, or never did; the reason says why. */
  forbidden: 4403,
  tooMany: 4429,
  tryAgainLater: 1013,
} as const;

/** How long subscriptions may take to be told of the end, in milliseconds, before the socket closes anyway. */
const closeTimeoutMs = 1_000;

/** Ten thousand of these are open on one node: hence a class, whose methods they share. */
export class LiveSocket {
  readonly transport: Transport;
  /** Who opened it, with the token that it has presented since. */
  asker: Asker;
  /** How the session ended; null while it is live. */
  ended: RejectedSession | null = null;
  isClosed = false;
  /** Lets go of what the node holds for the session; null while there is none. */
  release: (() => void) | null = null;
  context: SocketContext | null = null;
  readonly #streams = new Map<string, EndedStream>();

  constructor(transport: Transport, asker: Asker) {
    this.transport = transport;
    this.asker = asker;
  }

  /** The event stream of the subscription `id`. */
  sessionEnded(id: string): EndedStream {
    const stream = createEndedStream(this.ended);
    this.#streams.set(id, stream);
    return stream;
  }

  /** The session has ended: those who wait for that are told, every other subscription stops, the socket closes. */
  end(outcome: RejectedSession): void {
    if (this.ended !== null || this.isClosed) return;
    this.ended = outcome;
    for (const stream of this.#streams.values()) stream.tell(outcome);
    for (const [id, subscription] of Object.entries(this.context?.subscriptions ?? {})) {
      if (this.#streams.has(id) || subscription === null || !('return' in subscription)) continue;
      void subscription.return(undefined);
    }
    setTimeout(() => {
      this.#closeAs(outcome);
    }, closeTimeoutMs).unref();
    this.#closeIfAllTold();
  }

  /** A subscription is over; what is left to say of it is sent in this very turn of the event loop. */
  completed(id: string): void {
    this.#streams.delete(id);
    this.#closeIfAllTold();
  }

  /** The connection is gone. */
  closed(): void {
    this.isClosed = true;
    this.release?.();
    this.release = null;
  }

  #closeIfAllTold(): void {
    const { ended } = this;
    if (ended === null || this.#streams.size > 0) return;
    setImmediate(() => {
      this.#closeAs(ended);
    });
  }

  #closeAs({ reason }: RejectedSession): void {
    if (!this.isClosed) this.transport.close(closeCodes.forbidden, reason);
  }
}
