// The open connections and what each is doing, so that a stop can tell the idle from the busy.

import { type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

export interface Connections {
  readonly opened: (socket: Socket) => void;
  /** How many connections and requests there have been. */
  seen(): number;
  /** A request has come in. */
  began(socket: Socket, response: ServerResponse): void;
  /** The newest answer on the connection that is not sent yet; null when there is none. */
  pending(socket: Socket): ServerResponse | null;
  /** A connection that is no longer HTTP's: whoever took it over ends it. */
  left(socket: Socket): void;
  /** Ends the connections on which no answer is pending. */
  readonly endIdle: () => void;
  /** Cuts every connection. */
  readonly cutAll: () => void;
}

export function createConnections(): Connections {
  /** Requests on one connection are answered in order, so the newest answer tells for all. */
  const newest = new Map<Socket, ServerResponse | null>();

  let seen = 0;

  const pending = (socket: Socket) => {
    const response = newest.get(socket) ?? null;
    return response === null || response.writableFinished || response.destroyed ? null : response;
  };

  return {
    seen: () => seen,
    opened(socket) {
      seen += 1;
      // One whose offer to go on in another protocol was ignored is opened once more (see ignoredUpgrade.ts).
      if (!newest.has(socket)) socket.once('close', () => newest.delete(socket));
      newest.set(socket, null);
    },
    began(socket, response) {
      seen += 1;
      newest.set(socket, response);
    },
    pending,
    left(socket) {
      newest.delete(socket);
    },
    endIdle() {
      for (const socket of newest.keys()) if (pending(socket) === null) socket.destroySoon();
    },
    cutAll() {
      for (const socket of newest.keys()) socket.destroy();
    },
  };
}
