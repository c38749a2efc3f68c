// Bounds what clients hold of a node, in all and for each network: requests in flight, and bytes of bodies and answers. Each
// request releases its part when its answer has been sent or its connection has ended.

import { type IncomingMessage, type ServerResponse } from 'node:http';

import { createNetworkCounter } from '../common/networks.js';

/** Permits of one kind, such as for requests in flight or for websockets, in all and for each network. */
export interface Permits {
  /** Tells whether no permit is free for the client. */
  isFull(ip: string): boolean;
  /** Takes a permit, also where none is free; the returned function gives it back, and is to be called once. */
  take(ip: string): () => void;
}

/** @param mostOfNetwork of one IPv4 address or IPv6 network */
export function createPermits(most: number, mostOfNetwork: number): Permits {
  const networks = createNetworkCounter(mostOfNetwork);
  let all = 0;

  return {
    isFull: (ip) => all >= most || networks.isFull(ip),
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

/** A connection that holds bytes. */
export interface Holder {
  /** Returns the answer that is being sent; null while there is none. It stays the same while the client does not read. */
  readonly head: () => unknown;
  readonly cut: () => void;
}

/**
 * The bytes that a node holds for its clients: answers that are not sent yet, and bodies that are not complete. Their sum
 * is bounded, and so is the time that a client may take to read an answer.
 */
export interface HeldBytes {
  /** Holds bytes. When there are too many, cuts the connections that have held bytes for the longest time. */
  hold(holder: Holder, bytes: number): void;
  release(holder: Holder, bytes: number): void;
  /** Stops the look for clients that do not read. */
  stop(): void;
}

export interface HeldBytesOptions {
  /** The most bytes of all connections together. */
  readonly maxHeldBytes: number;
  /** The longest that the sending of one answer may take. */
  readonly deliveryMs: number;
  readonly checkMs: number;
}

interface Held {
  bytes: number;
  head: unknown;
  since: number;
}

export function createHeldBytes({ maxHeldBytes, deliveryMs, checkMs }: HeldBytesOptions): HeldBytes {
  /** The oldest first. */
  const holders = new Map<Holder, Held>();
  let total = 0;

  const cut = (holder: Holder, { bytes }: Held) => {
    holders.delete(holder);
    total -= bytes;
    holder.cut();
  };

  const sweep = () => {
    const now = performance.now();
    for (const [holder, held] of holders) {
      const head = holder.head();
      if (head === null || head !== held.head) Object.assign(held, { head, since: now });
      else if (now - held.since > deliveryMs) cut(holder, held);
    }
  };
  const timer = setInterval(sweep, checkMs).unref();

  return {
    hold(holder, bytes) {
      const held = holders.get(holder);
      if (held === undefined) holders.set(holder, { bytes, head: null, since: 0 });
      else held.bytes += bytes;
      total += bytes;
      for (const [oldest, itsBytes] of holders) {
        if (total <= maxHeldBytes) break;
        cut(oldest, itsBytes);
      }
    },
    release(holder, bytes) {
      const held = holders.get(holder);
      // A connection that was cut has released everything.
      if (held === undefined) return;
      const released = Math.min(bytes, held.bytes);
      held.bytes -= released;
      total -= released;
      if (held.bytes === 0) holders.delete(holder);
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/** A request with its part of the node's limits: a permit of the requests in flight, and bytes. */
export class PendingRequest {
  /** The client's IP, as the trusted proxies tell it. */
  readonly ip: string;
  readonly response: ServerResponse;
  /** The whole answer is written, whether sent or not. */
  isAnswered = false;
  /** The connection takes no request after it. */
  isLast = false;
  /** The request arrived while earlier ones of the connection waited. */
  isPipelined = false;
  /** The request is pipelined, and arrived while the node was full. */
  isRefused = false;
  readonly #holder: Holder;
  readonly #heldBytes: HeldBytes;
  readonly #inFlight: Permits;
  #held = 0;
  #isServed = false;
  #isGone = false;
  #isStream = false;
  #acts: (() => void)[] | null = null;
  #leave: (() => void) | null = null;

  constructor(
    ip: string,
    response: ServerResponse,
    holder: Holder,
    counts: { readonly heldBytes: HeldBytes; readonly inFlight: Permits },
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

  /** Takes a permit of the requests in flight; false when none is free. */
  admit(): boolean {
    if (this.#leave !== null) return true;
    if (this.#inFlight.isFull(this.ip)) return false;
    this.#leave = this.#inFlight.take(this.ip);
    return true;
  }

  /** Holds bytes of the body or of the answer. */
  hold(bytes: number): void {
    if (this.#isGone) return;
    this.#held += bytes;
    this.#heldBytes.hold(this.#holder, bytes);
  }

  /** Releases all bytes that the request holds. */
  release(): void {
    if (this.#held > 0) this.#heldBytes.release(this.#holder, this.#held);
    this.#held = 0;
  }

  /** Notes that the answer is a stream, which may stay open for days: the request is no longer in flight. */
  becomesStream(): void {
    this.#isStream = true;
  }

  /** Notes that the route has answered, or refused. The request counts until its answer has been sent. */
  served(): void {
    this.#isServed = true;
    if (this.#isGone || this.#isStream) this.#leaveOnce();
    else this.#leave ??= this.#inFlight.take(this.ip);
  }

  /** Notes that the answer has been sent, or can never be. */
  gone(): void {
    this.#isGone = true;
    this.release();
    if (this.#isServed) this.#leaveOnce();
    for (const act of this.#acts?.splice(0) ?? []) act();
  }

  /** Acts once the answer has been sent, or can never be. */
  onGone(act: () => void): void {
    if (this.#isGone) act();
    else (this.#acts ??= []).push(act);
  }

  #leaveOnce(): void {
    this.#leave?.();
    this.#leave = null;
  }
}
