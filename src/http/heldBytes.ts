// The bytes that a node holds for its clients: answers that are not sent yet, and bodies that are not complete. Their
// sum is bounded, and so is the time that a client may take to read an answer.

/** A connection for which bytes are held. */
export interface Holder {
  /** The answer that is being sent; null while there is none. It stays the same while the client does not read. */
  readonly head: () => unknown;
  readonly cut: () => void;
}

export interface HeldBytes {
  /** Holds bytes. When there are too many, cuts the connections that have held bytes for the longest time. */
  hold(holder: Holder, bytes: number): void;
  release(holder: Holder, bytes: number): void;
  /** Stops looking for clients that do not read. */
  stop(): void;
}

export interface HeldBytesOptions {
  /** Of all connections together. */
  readonly maxHeldBytes: number;
  /** How long one answer may take to be sent. */
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
      // It was cut, which released everything that it held.
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
