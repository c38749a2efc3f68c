// Every connection of a node, from its opening to its end: its permit, its requests, and a listener for its errors at every
// moment. An error without a listener ends the process.

import { IncomingMessage, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

import { createHeldBytes, createPermits, type HeldBytes, PendingRequest } from './capacity.js';
import { ClientConnection } from './clientConnection.js';
import { type ClientIp, plainIp } from './clientIp.js';
import { createConnectionPermits } from './connectionPermits.js';
import { type HttpLimits } from './limits.js';

export interface Connections {
  readonly opened: (socket: Socket) => void;
  /** How many connections there have been so far. */
  accepted(): number;
  /** Registers a request; null when it must be ignored, because the connection takes no more. */
  began(request: IncomingMessage, response: ServerResponse): PendingRequest | null;
  /** Returns the newest answer on the connection that is not sent yet; null when there is none. */
  newest(socket: Socket): ServerResponse | null;
  /** Tells how many requests have begun on the connection. */
  begunOn(socket: Socket): number;
  /** Returns the client's IP of a request to upgrade; null for a connection that takes no more requests. */
  ipOf(request: IncomingMessage): string | null;
  /** Acts at once, or when all earlier answers on the connection have been sent: they go out in order. */
  afterAnswers(socket: Socket, act: () => void): void;
  /** Hands a connection over to a websocket, which ends it. */
  upgraded(socket: Socket): void;
  /** Ends the connections on which no answer is pending. */
  readonly endIdle: () => void;
  /** Cuts every connection. */
  readonly cutAll: () => void;
  readonly heldBytes: HeldBytes;
}

export interface ConnectionsOptions {
  readonly limits: HttpLimits;
  readonly clientIp: ClientIp;
  /** Whether a connection's IP is a client's, and not a proxy's, from which all clients come. */
  readonly countsNetworks: boolean;
}

export function createConnections({ limits, clientIp, countsNetworks }: ConnectionsOptions): Connections {
  /** Without those of websockets. */
  const open = new Set<Socket>();
  const known = new WeakMap<Socket, ClientConnection>();
  const permits = createConnectionPermits({
    maxConnections: limits.maxConnections,
    maxConnectionsOfNetwork: countsNetworks ? limits.maxConnectionsOfNetwork : Infinity,
  });
  const counts = {
    heldBytes: createHeldBytes(limits),
    inFlight: createPermits(limits.maxInFlight, limits.maxInFlightOfNetwork),
  };
  let accepted = 0;

  return {
    accepted: () => accepted,
    heldBytes: counts.heldBytes,

    opened(socket) {
      const before = known.get(socket);
      // A connection whose offer of another protocol was ignored is opened once more (see websocket/upgradeRequest.ts).
      if (before !== undefined) {
        before.isDetached = false;
        return;
      }
      accepted += 1;
      // For as long as the socket exists: Node removes its own listeners at an upgrade.
      socket.on('error', ignore);
      const { remoteAddress } = socket;
      const ip = remoteAddress === undefined ? null : plainIp(remoteAddress);
      const permit = ip === null ? null : permits.take(ip, () => socket.destroy());
      if (ip === null || permit === null) {
        socket.destroy();
        return;
      }
      open.add(socket);
      known.set(socket, new ClientConnection(socket, ip, permit));
      socket.once('close', () => open.delete(socket));
    },

    began(request, response) {
      const { socket } = request;
      const connection = known.get(socket);
      if (connection === undefined) {
        socket.destroy();
        return null;
      }
      if (connection.isLast) {
        connection.ignore();
        return null;
      }
      if (connection.unanswered >= limits.maxPipelined) {
        connection.takeNoMore();
        return null;
      }
      const ip = clientIp(connection.ip, request.headers);
      const begun = new PendingRequest(ip, response, connection, counts);
      // Node has dropped what it read behind an offer of another protocol that it ignores: the client sends that again.
      if (request.headers.upgrade !== undefined) connection.isLast = begun.isLast = true;
      begun.isPipelined = connection.unanswered > 0;
      begun.isRefused = begun.isPipelined && counts.inFlight.isFull(ip);
      if (begun.isRefused) connection.isLast = begun.isLast = true;
      connection.add(begun);
      return begun;
    },

    newest: (socket) => known.get(socket)?.newest()?.response ?? null,

    begunOn: (socket) => known.get(socket)?.begun ?? 0,

    ipOf({ socket, headers }) {
      const connection = known.get(socket);
      return connection === undefined || connection.isLast ? null : clientIp(connection.ip, headers);
    },

    afterAnswers(socket, act) {
      const connection = known.get(socket);
      if (connection === undefined) socket.destroy();
      else connection.detach(act);
    },

    upgraded(socket) {
      open.delete(socket);
    },
    endIdle() {
      for (const socket of open) if ((known.get(socket)?.unanswered ?? 0) === 0) socket.destroySoon();
    },
    cutAll() {
      for (const socket of open) socket.destroy();
    },
  };
}

/**
 * Node's parser makes an object of this class for each request. It stops the parser of a cut connection: one read of 64 KiB
 * holds some 3,600 of the smallest requests, and Node parses them all in one go, even when the connection is paused or
 * destroyed meanwhile. Only a change of protocol makes it skip the rest of the read: llhttp takes the answer 2 for one.
 */
export class StoppableRequest extends IncomingMessage {
  constructor(socket: Socket & { readonly parser?: { onIncoming: () => number } }) {
    super(socket);
    if (socket.destroyed && socket.parser) socket.parser.onIncoming = () => 2;
  }
}

function ignore(): void {
  return;
}
