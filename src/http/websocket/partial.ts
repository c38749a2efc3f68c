// What a peer of a websocket has sent of a message that is not complete.

import { type Socket } from 'node:net';

/** The longest head of a frame. */
export const frameBytes = 14;

/** A piece that the library keeps takes about this many bytes in addition to its own. */
const pieceBytes = 512;

/** A partial message of up to so many bytes counts as none. Frames of one message have heads that are not counted. */
const maxUncountedBytes = 4_096;

/**
 * Counts what a client has sent of a message that is not complete: the library keeps it until the rest arrives.
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
