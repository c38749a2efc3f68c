// Websockets through the guard. The token is in the request's header, or in the first message of graphql-ws and its elders:
// no message passes in either direction before its session is known to be live.

import { type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

import { WebSocketServer } from 'ws';

import { type Permits } from '../http/capacity.js';
import { refuseConnection } from '../http/connectionErrors.js';
import { type Connections } from '../http/connections.js';
import { hasBody, hasDuplicateHeader } from '../http/requestHeaders.js';
import { errorResponses } from '../http/responses.js';
import { type GuardOptions } from './forward.js';
import { bounds, relay } from './relay.js';

/** How long clients have to answer a close when the guard stops, in milliseconds. */
const closeTimeoutMs = 1_000;

export interface SocketGuard {
  open(request: IncomingMessage, socket: Socket, head: Buffer, ip: string): void;
  stop(): void;
}

export interface SocketGuardParts {
  /** The permits of streams, which may stay open for days. */
  readonly streams: Permits;
  readonly connections: Pick<Connections, 'upgraded' | 'heldBytes'>;
  readonly stopping: () => boolean;
}

export function createSocketGuard(
  { hufu, upstream, log }: GuardOptions,
  { streams, connections, stopping }: SocketGuardParts,
): SocketGuard {
  const parts = { hufu, upstream, heldBytes: connections.heldBytes };
  const server = new WebSocketServer({
    ...bounds,
    noServer: true,
    // The one that the client wants most; the server behind has to agree.
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  });

  // Without a listener it answers by itself, with a page.
  server.on('wsClientError', (_error, socket) => {
    if (socket instanceof Socket) refuseConnection(socket, errorResponses.handshake, log);
    else socket.destroy();
  });

  return {
    open(request, socket, head, ip) {
      if (request.headers.host === undefined || hasDuplicateHeader(request.rawHeaders, 'host'))
        refuseConnection(socket, errorResponses.host, log);
      // It would be read as frames (see http/websocket/upgrade.ts).
      else if (hasBody(request.headers)) refuseConnection(socket, errorResponses.handshake, log);
      // A proxy in front asks another guard.
      else if (stopping()) socket.destroySoon();
      else if (streams.isFull(ip)) refuseConnection(socket, errorResponses.busy, log);
      else {
        socket.once('close', streams.take(ip));
        connections.upgraded(socket);
        server.handleUpgrade(request, socket, head, (client) => {
          relay(parts, request, client, socket);
        });
      }
    },
    stop() {
      for (const client of server.clients) {
        client.close(1001, 'the guard stops');
        setTimeout(() => {
          client.terminate();
        }, closeTimeoutMs).unref();
      }
    },
  };
}
