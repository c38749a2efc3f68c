// Websockets through the guard. The token is in the request's header, or in the first message of graphql-ws and its elders:
// nothing of the client reaches the server behind, and nothing of that the client, before its session is known to be live.

import { type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

import WebSocket, { type RawData, WebSocketServer } from 'ws';

import { isRecord } from '../common/records.js';
import { closeCodes } from '../graphql/subscriptions/socket.js';
import { type HeldBytes, type Holder, type Permits } from '../http/capacity.js';
import { refuseConnection } from '../http/connectionErrors.js';
import { type Connections } from '../http/connections.js';
import { hasDuplicateHeader } from '../http/requestHeaders.js';
import { errorResponses } from '../http/responses.js';
import { countPartial, frameBytes } from '../http/websocket/partial.js';
import { type HostSocketContext } from '../remote/sockets.js';
import { type GuardOptions, headersFor, targetOf } from './forward.js';

/** What one message may take, on both sides. Compression would take some hundred KiB for each websocket. */
const bounds = {
  maxPayload: 1_048_576,
  maxFragments: 128,
  maxBufferedChunks: 4_096,
  perMessageDeflate: false,
  autoPong: false,
} as const;

/** How long the server behind may take to accept a websocket, in milliseconds. */
const handshakeTimeoutMs = 15_000;

/** How long clients have to answer a close when the guard stops, in milliseconds. */
const closeTimeoutMs = 1_000;

/** After how long without a byte TCP probes whether the server behind is still there, in milliseconds. */
const tcpKeepAliveMs = 60_000;

/** Of a message, what a peer has to send or take within the time that one may take. */
const progressBytes = 65_536;

export interface SocketGuard {
  open(request: IncomingMessage, socket: Socket, head: Buffer, ip: string): void;
  stop(): void;
}

export interface SocketGuardParts {
  /** Of what may stay open for days. */
  readonly streams: Permits;
  readonly connections: Pick<Connections, 'upgraded' | 'heldBytes'>;
  readonly stopping: () => boolean;
}

type Parameters = NonNullable<HostSocketContext['connectionParams']>;

export function createSocketGuard(
  { hufu, upstream, log }: GuardOptions,
  { streams, connections, stopping }: SocketGuardParts,
): SocketGuard {
  const { heldBytes } = connections;
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
      // A proxy in front asks another guard.
      else if (stopping()) socket.destroySoon();
      else if (streams.isFull(ip)) refuseConnection(socket, errorResponses.busy, log);
      else {
        socket.once('close', streams.take(ip));
        connections.upgraded(socket);
        server.handleUpgrade(request, socket, head, (client) => {
          relay(request, client, socket);
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

  function relay(request: IncomingMessage, client: WebSocket, tcp: Socket) {
    const contexts: HostSocketContext[] = [];
    let behind: WebSocket | null = null;
    let isInitialised = false;
    const held = createRead(client, heldBytes);
    held.count(tcp);

    const close = (code: number, reason: string) => {
      client.close(code, reason);
      // What a client says that does not answer a close reaches no one.
      behind?.close();
    };

    /** Whether the session of the token is live, or there is no token; else the client is closed. */
    const admit = async (connectionParams: Parameters) => {
      // Nothing would end the watch of one that has left.
      if (client.readyState !== WebSocket.OPEN) return false;
      const context = { connectionParams, extra: { socket: { close }, request } };
      contexts.push(context);
      return hufu.ws.onConnect(context);
    };

    /** Whether a message may be passed on; else the client is closed. */
    const isAllowed = async (data: RawData) => {
      const all = readInit(data);
      if (all === null) return true;
      // Each one is looked up and watched until the websocket closes.
      if (isInitialised) {
        close(closeCodes.tooMany, 'Too many initialisation requests');
        return false;
      }
      isInitialised = true;
      for (const parameters of all) if (!(await admit(parameters))) return false;
      return true;
    };

    /** Resolves to the server behind when it has accepted; null where the client has left, or is closed. */
    const join = async (isLive: boolean): Promise<WebSocket | null> => {
      if (!isLive || client.readyState !== WebSocket.OPEN) return null;
      const to = connect(request, client.protocol);
      behind = to;
      const heldBehind = createRead(to, heldBytes);
      to.once('upgrade', ({ socket }) => {
        socket.setKeepAlive(true, tcpKeepAliveMs);
        heldBehind.count(socket);
      });
      to.on('message', (data, isBinary) => {
        heldBehind.pass(data as Buffer, send(client, data, isBinary));
      });
      // Each end judges whether the other one is there.
      to.on('ping', (data: Buffer) => {
        heldBehind.pass(
          data,
          sent(client, (done) => {
            client.ping(data, undefined, done);
          }),
        );
      });
      client.on('pong', (data: Buffer) => {
        held.pass(data, sendPong(to, data));
      });
      to.on('error', () => {
        client.close(1014, 'the server behind does not answer');
      });
      to.once('close', passOnClose(client));
      client.once('close', passOnClose(to));
      return new Promise((resolve) => {
        to.once('open', () => {
          resolve(to);
        });
        to.once('close', () => {
          resolve(null);
        });
      });
    };

    /** What fails unexpectedly for one client ends its websocket, and not the streams of all others with the process. */
    const fail = () => {
      // RFC 6455 section 7.4.1.
      close(1011, 'internal error');
      return null;
    };

    const { authorization } = request.headers;
    let joined = admit({ authorization }).then(join).catch(fail);
    // Messages are passed on in their order, each once those before it have been judged and sent.
    client.on('message', (data, isBinary) => {
      joined = joined
        .then(async (to) => {
          const isPassed = to !== null && (await isAllowed(data));
          if (isPassed) await send(to, data, isBinary);
          return isPassed ? to : null;
        })
        .catch(fail);
      held.pass(data as Buffer, joined);
    });
    // Not by the library, whose answers gather while their client does not read.
    client.on('ping', (data: Buffer) => {
      held.pass(data, sendPong(client, data));
    });
    client.once('close', () => {
      for (const context of contexts) hufu.ws.onClose(context);
    });
    client.on('error', () => {
      client.terminate();
    });
  }

  /** The handshake is the guard's own on each side. */
  function connect(request: IncomingMessage, protocol: string): WebSocket {
    const headers = Object.fromEntries(
      Object.entries(headersFor(upstream, request)).filter(([name]) => !ofHandshake.test(name)),
    );
    const url = targetOf(upstream, request);
    url.protocol = upstream.protocol === 'https:' ? 'wss:' : 'ws:';
    return new WebSocket(url, protocol === '' ? [] : [protocol], {
      ...bounds,
      headers,
      handshakeTimeout: handshakeTimeoutMs,
    });
  }
}

/** Headers of the client's own handshake. It has no body, whatever they say. */
const ofHandshake = /^(?:sec-websocket-.*|content-length|transfer-encoding|expect)$/;

function passOnClose(peer: WebSocket): (code: number, reason: Buffer) => void {
  return (code, reason) => {
    if (peer.readyState === WebSocket.CLOSING) return;
    // Codes that no peer may send (RFC 6455 section 7.4.2) stand for a connection that broke.
    if (code === 1005 || code === 1006 || code === 1015) peer.terminate();
    else peer.close(code, reason);
  };
}

/** What has been read from a peer and is not on its way to the other one yet. */
interface Read {
  /** Counts what comes over the peer's connection and is no whole message yet. */
  count(tcp: Socket): void;
  /** Leaves the peer unread until what it has sent is on its way: no more of it gathers than one read gives. */
  pass(data: Buffer, passed: Promise<unknown>): void;
}

/** Counts what a peer has sent. The websocket ends when the other peer does not take it, or when a message does not end. */
function createRead(peer: WebSocket, heldBytes: HeldBytes): Read {
  let waiting = 0;
  /** How much has come or gone: as long as it grows, the peers are there. */
  let moved = 0;
  const holder: Holder = {
    head: () => Math.floor(moved / progressBytes),
    cut() {
      peer.terminate();
    },
  };
  let partial: ReturnType<typeof countPartial> | null = null;
  return {
    count(tcp) {
      partial = countPartial(tcp, (bytes) => {
        if (bytes < 0) heldBytes.release(holder, -bytes);
        else {
          moved += bytes;
          heldBytes.hold(holder, bytes);
        }
      });
      peer.once('close', partial.end);
    },
    pass({ length }, passed) {
      const bytes = length + frameBytes;
      partial?.message(length);
      waiting += 1;
      peer.pause();
      heldBytes.hold(holder, bytes);
      void passed.then(() => {
        moved += progressBytes;
        heldBytes.release(holder, bytes);
        waiting -= 1;
        if (waiting === 0) peer.resume();
      });
    },
  };
}

function send(to: WebSocket, data: RawData, isBinary: boolean): Promise<void> {
  return sent(to, (done) => {
    to.send(data, { binary: isBinary }, done);
  });
}

function sendPong(to: WebSocket, data: Buffer): Promise<void> {
  return sent(to, (done) => {
    to.pong(data, undefined, done);
  });
}

/** Resolves when a frame is on its way, or can never be. */
function sent(to: WebSocket, write: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    if (to.readyState === WebSocket.OPEN) write(resolve);
    else resolve();
  });
}

/**
 * Where a message that begins the protocol may have a token: its parameters, and the headers in them, as Hasura's clients
 * send them. Null for every other message. A binary one counts: the server behind may read it as text.
 */
function readInit(data: RawData): readonly Parameters[] | null {
  let message: unknown;
  try {
    message = JSON.parse((data as Buffer).toString());
  } catch {
    return null;
  }
  if (!isRecord(message) || message['type'] !== 'connection_init') return null;
  const { payload } = message;
  return [payload, isRecord(payload) ? payload['headers'] : null].filter(isRecord);
}
