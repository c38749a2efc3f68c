// Counts the bytes of an incomplete message, which the websocket's library keeps until the rest arrives.

import { type Socket } from 'node:net';

/** The longest head of a frame. */
export const frameBytes = 14;

/** The memory that each kept piece takes in addition to its bytes, about. */
const pieceBytes = 512;

/** A partial message of up to so many bytes counts as none. Frames of one message have heads that are not counted. */
const maxUncountedBytes = 4_096;

/**
 * Counts the bytes that a peer has sent of an incomplete message.
 *
 * @param changed called with how many bytes more are kept, or fewer
 */
export function countPartial(tcp: Socket, changed: (bytes: number) => void) {
  let bytes = 0;
  let pieces = 0;
  let counted = 0;

  const count = () => {
    const size = bytes + pieces * pieceBytes;
    const next = size > maxUncountedBytes ? size : 0;
    if (next !== counted) changed(next - counted);
    counted = next;
  };
  // Before the library reads it.
  tcp.prependListener('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    pieces += 1;
    count();
  });

  return {
    /** A message or control frame of so many bytes is complete. */
    message(size: number) {
      bytes -= size + frameBytes;
      if (bytes < maxUncountedBytes) bytes = 0;
      pieces = bytes === 0 ? 0 : 1;
      count();
    },
    end() {
      bytes = pieces = 0;
      count();
    },
  };
}
