// One request from its headers until its answer has been sent or its connection has ended, and what it holds of the
// node meanwhile: a place among the requests in flight, and bytes.

import { type IncomingMessage, type ServerResponse } from 'node:http';

import { createNetworkCounter } from '../common/networks.js';
import { type HeldBytes, type Holder } from './heldBytes.js';
import { type Limits } from './limits.js';

/** The requests that the node works on or has not sent the answer of, in all and for each network. */
export interface InFlight {
  /** Whether there is no place for the client's next request. */
  isFull(ip: string): boolean;
  /** Takes a place; the returned function gives it back, and is to be called once. */
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

export class PendingRequest {
  /** Of the client, as the trusted proxies tell it. */
  readonly ip: string;
  readonly response: ServerResponse;
  /** Its answer is all written, whether sent or not. */
  isAnswered = false;
  /** The connection takes no request after it. */
  isLast = false;
  /** It arrived while earlier requests of the connection waited and the node was full. */
  isRefused = false;
  readonly #holder: Holder;
  readonly #heldBytes: HeldBytes;
  readonly #inFlight: InFlight;
  #held = 0;
  #isServed = false;
  #isGone = false;
  #leave: (() => void) | null = null;

  constructor(
    ip: string,
    response: ServerResponse,
    holder: Holder,
    counts: { readonly heldBytes: HeldBytes; readonly inFlight: InFlight },
  ) {
    this.ip = ip;
    this.response = response;
    this.#holder = holder;
    this.#heldBytes = counts.heldBytes;
    this.#inFlight = counts.inFlight;
  }

  get request(): IncomingMessage {
    return this.response.req;
  }

  /** Takes a place among the requests in flight; false when none is free. */
  admit(): boolean {
    if (this.#leave !== null) return true;
    if (this.#inFlight.isFull(this.ip)) return false;
    this.#leave = this.#inFlight.take(this.ip);
    return true;
  }

  /** Holds bytes of its body, or of its answer. */
  hold(bytes: number): void {
    if (this.#isGone) return;
    this.#held += bytes;
    this.#heldBytes.hold(this.#holder, bytes);
  }

  /** Releases all bytes that it holds. */
  release(): void {
    if (this.#held > 0) this.#heldBytes.release(this.#holder, this.#held);
    this.#held = 0;
  }

  /** It has been answered, or has no answer. It counts until its answer has been sent, a refusal too. */
  served(): void {
    this.#isServed = true;
    if (this.#isGone) this.#leaveOnce();
    else this.#leave ??= this.#inFlight.take(this.ip);
  }

  /** Its answer has been sent, or can never be. */
  gone(): void {
    this.#isGone = true;
    this.release();
    if (this.#isServed) this.#leaveOnce();
  }

  #leaveOnce(): void {
    this.#leave?.();
    this.#leave = null;
  }
}
