// Every connection from its opening to its end: its client's IP, its requests that are not answered yet, and a listener
// for its errors at every moment. An error without a listener ends the process.

import { IncomingMessage, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

import { type ClientIp, plainIp } from './clientIp.js';
import { createHeldBytes, createPermits, type HeldBytes, PendingRequest } from './capacity.js';
import { type ConnectionPermit, createConnectionPermits } from './connectionPermits.js';
import { type HttpLimits } from './limits.js';

export interface Connections {
  readonly opened: (socket: Socket) => void;
  /** How many connections there have been so far. */
  accepted(): number;
  /** Registers a request; null when it must be ignored, because the connection takes no more. */
  began(request: IncomingMessage, response: ServerResponse): PendingRequest | null;
  /** Node's parser makes an object of this class for each request. It stops the parser of a cut connection. */
  readonly Request: typeof IncomingMessage;
  /** Returns the newest answer on the connection that is not sent yet; null when there is none. */
  newest(socket: Socket): ServerResponse | null;
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

interface ClientConnection {
  readonly ip: string;
  readonly permit: ConnectionPermit;
  /** In the order of their arrival, which is the order of their answers. */
  readonly pending: PendingRequest[];
  /** How many requests arrived after the last one that the connection takes. */
  ignored: number;
  isLast: boolean;
  /** Node's parser has left it, because the client offered another protocol. */
  isDetached: boolean;
  isPaused: boolean;
  readonly head: () => unknown;
  readonly cut: () => void;
}

export interface ConnectionsOptions {
  readonly limits: HttpLimits;
  readonly clientIp: ClientIp;
  /** Whether a connection's IP is a client's, and not a proxy's, from which all clients come. */
  readonly countsNetworks: boolean;
}

/** How many unanswered requests stop the reading of a connection. */
const pausedAt = 16;

/** How many requests after the last one are ignored. The parser holds each of them, so more cut the connection. */
const maxIgnored = 32;

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

  const connectionOf = (socket: Socket, ip: string, permit: ConnectionPermit): ClientConnection => {
    const pending: PendingRequest[] = [];
    return {
      ip,
      permit,
      pending,
      ignored: 0,
      isLast: false,
      isDetached: false,
      isPaused: false,
      head() {
        const [first] = pending;
        return first?.isAnswered === true ? first : null;
      },
      cut() {
        socket.destroy();
      },
    };
  };

  const newest = (connection: ClientConnection | undefined) => connection?.pending.at(-1) ?? null;

  const resume = (socket: Socket, connection: ClientConnection) => {
    if (!connection.isPaused) return;
    connection.isPaused = false;
    socket.resume();
  };

  /** Has accepted requests answered, and then ends the connection: a client sends the rest again on another. */
  const takeNoMore = (socket: Socket, connection: ClientConnection) => {
    connection.isLast = true;
    newest(connection)?.response.once('finish', () => {
      socket.destroySoon();
    });
  };

  class Request extends IncomingMessage {
    /**
     * One read of 64 KiB holds some 3,600 of the smallest requests. Node parses them all in one go, even when the
     * connection is paused or destroyed meanwhile. Only a change of protocol makes it skip the rest of the read.
     */
    constructor(socket: Socket) {
      super(socket);
      if (socket.destroyed) Object.defineProperty(this, 'upgrade', { get: () => true, set: ignore });
    }
  }

  return {
    Request,
    accepted: () => accepted,
    heldBytes: counts.heldBytes,

    opened(socket) {
      const before = known.get(socket);
      // A connection whose offer of another protocol was ignored is opened once more (see websocket/upgrade.ts).
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
      const connection = connectionOf(socket, ip, permit);
      open.add(socket);
      known.set(socket, connection);
      // Node resumes a connection at the end of each request, also where more of it is not wanted.
      const resumeByNode = socket.resume.bind(socket);
      const pauseAgain = () => {
        if (connection.isPaused && newest(connection)?.request.complete === true) socket.pause();
      };
      socket.resume = () => {
        if (connection.isPaused) setImmediate(pauseAgain);
        return resumeByNode();
      };
      socket.once('close', () => {
        open.delete(socket);
        permit.leave();
        for (const pending of connection.pending.splice(0)) pending.gone();
      });
    },

    began(request, response) {
      const { socket } = request;
      const connection = known.get(socket);
      if (connection === undefined || connection.isLast) {
        if (connection !== undefined) connection.ignored += 1;
        if ((connection?.ignored ?? Infinity) > maxIgnored) socket.destroy();
        return null;
      }
      const { pending } = connection;
      if (pending.length >= limits.maxPipelined) {
        takeNoMore(socket, connection);
        return null;
      }
      const ip = clientIp(connection.ip, request.headers);
      const begun = new PendingRequest(ip, response, connection, counts);
      begun.isPipelined = pending.length > 0;
      begun.isRefused = begun.isPipelined && counts.inFlight.isFull(ip);
      if (begun.isRefused) connection.isLast = begun.isLast = true;
      pending.push(begun);
      connection.permit.busy();
      if (pending.length >= pausedAt) {
        connection.isPaused = true;
        socket.pause();
      }
      response.on('close', () => {
        remove(pending, begun);
        begun.gone();
        if (connection.isLast || connection.isDetached) return;
        if (pending.length < pausedAt) resume(socket, connection);
        if (pending.length === 0) connection.permit.idle();
      });
      return begun;
    },

    newest: (socket) => newest(known.get(socket))?.response ?? null,

    ipOf({ socket, headers }) {
      const connection = known.get(socket);
      return connection === undefined || connection.isLast ? null : clientIp(connection.ip, headers);
    },

    afterAnswers(socket, act) {
      const connection = known.get(socket);
      if (connection === undefined) {
        socket.destroy();
        return;
      }
      connection.isDetached = true;
      connection.permit.busy();
      const go = () => {
        if (!socket.writable) return;
        act();
        resume(socket, connection);
      };
      const waited = newest(connection);
      if (waited === null) go();
      else waited.response.once('close', go);
    },

    upgraded(socket) {
      open.delete(socket);
    },
    endIdle() {
      for (const socket of open) if ((known.get(socket)?.pending.length ?? 0) === 0) socket.destroySoon();
    },
    cutAll() {
      for (const socket of open) socket.destroy();
    },
  };
}

/** Most often it is the first one. */
function remove(pending: PendingRequest[], one: PendingRequest): void {
  const at = pending.indexOf(one);
  if (at === 0) pending.shift();
  else if (at > 0) pending.splice(at, 1);
}

function ignore(): void {
  return;
}
