// One websocket through the guard: its messages in both directions, once its session is known to be live.

import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';

import WebSocket, { type RawData } from 'ws';

import { closeCodes } from '../graphql/subscriptions/socket.js';
import { type HeldBytes, type Holder } from '../http/capacity.js';
import { countPartial, frameBytes } from '../http/websocket/partial.js';
import { type HostSocketContext } from '../remote/sockets.js';
import { type GuardOptions, headersFor, targetOf } from './forward.js';
import { type Parameters, readInit } from './initMessage.js';

/** The bounds of one message, on both sides. Compression would take some hundred KiB for each websocket. */
export const bounds = {
  maxPayload: 1_048_576,
  maxFragments: 128,
  maxBufferedChunks: 4_096,
  perMessageDeflate: false,
  autoPong: false,
} as const;

/** How long the server behind may take to accept a websocket, in milliseconds. */
const handshakeTimeoutMs = 15_000;

/** The time without a byte after which TCP probes whether the server behind is still there, in milliseconds. */
const tcpKeepAliveMs = 60_000;

/** The close code of graphql-ws for a message that is not one of the protocol. */
const badRequest = 4400;

/** The bytes that a peer has to send or take of a message within the time that one message may take. */
const progressBytes = 65_536;

export interface RelayParts extends Pick<GuardOptions, 'hufu' | 'upstream'> {
  readonly heldBytes: HeldBytes;
}

/** Relays a websocket that has just been opened, until one of its peers ends it. */
export function relay(parts: RelayParts, request: IncomingMessage, client: WebSocket, tcp: Socket): void {
  let behind: WebSocket | null = null;
  const read = createRead(client, parts.heldBytes);
  read.count(tcp);

  const close = (code: number, reason: string) => {
    client.close(code, reason);
    // A client may send more instead of answering the close. No one gets it.
    behind?.close();
  };
  const { admit, allows } = createAdmission(parts.hufu, request, client, close);

  /** Resolves to the server behind when it has accepted; null where the client has left, or is closed. */
  const join = async (isLive: boolean): Promise<WebSocket | null> => {
    if (!isLive || client.readyState !== WebSocket.OPEN) return null;
    const to = connect(parts.upstream, request, client.protocol);
    behind = to;
    relayBack(to, client, parts.heldBytes);
    client.on('pong', (data: Buffer) => {
      read.pass(data, sendPong(to, data));
    });
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

  /** An unexpected error for one client ends its websocket, and not the streams of all others with the process. */
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
        const isPassed = to !== null && (await allows(data));
        if (isPassed) await send(to, data, isBinary);
        return isPassed ? to : null;
      })
      .catch(fail);
    read.pass(data as Buffer, joined);
  });
  // Not by the library, whose answers gather while their client does not read.
  client.on('ping', (data: Buffer) => {
    read.pass(data, sendPong(client, data));
  });
  client.on('error', () => {
    client.terminate();
  });
}

/** Relays the messages of the server behind to the client. Each end judges by pings whether the other one is there. */
function relayBack(behind: WebSocket, client: WebSocket, heldBytes: HeldBytes): void {
  const read = createRead(behind, heldBytes);
  behind.once('upgrade', ({ socket }) => {
    socket.setKeepAlive(true, tcpKeepAliveMs);
    read.count(socket);
  });
  behind.on('message', (data, isBinary) => {
    read.pass(data as Buffer, send(client, data, isBinary));
  });
  behind.on('ping', (data: Buffer) => {
    read.pass(
      data,
      sent(client, (done) => {
        client.ping(data, undefined, done);
      }),
    );
  });
  behind.on('error', () => {
    client.close(1014, 'the server behind does not answer');
  });
  behind.once('close', passOnClose(client));
}

/** Decides by the sessions of a client's tokens whether its messages are passed on. */
function createAdmission(
  hufu: GuardOptions['hufu'],
  request: IncomingMessage,
  client: WebSocket,
  close: (code: number, reason: string) => void,
) {
  const contexts: HostSocketContext[] = [];
  let isInitialised = false;

  /** Tells whether the session of the token is live, or there is no token; else closes the client. */
  const admit = async (connectionParams: Parameters): Promise<boolean> => {
    // Nothing would end the watch of a client that has left.
    if (client.readyState !== WebSocket.OPEN) return false;
    const context = { connectionParams, extra: { socket: { close }, request } };
    contexts.push(context);
    return hufu.ws.onConnect(context);
  };

  client.once('close', () => {
    for (const context of contexts) hufu.ws.onClose(context);
  });

  return {
    admit,
    /** Tells whether a message may be passed on; else closes the client. */
    async allows(data: RawData): Promise<boolean> {
      const message = readInit(data);
      if (message.kind === 'other') return true;
      if (message.kind === 'ambiguous') {
        close(badRequest, 'A key is in the message twice');
        return false;
      }
      // Each one is looked up and watched until the websocket closes.
      if (isInitialised) {
        close(closeCodes.tooMany, 'Too many initialisation requests');
        return false;
      }
      isInitialised = true;
      for (const parameters of message.parameters) if (!(await admit(parameters))) return false;
      return true;
    },
  };
}

/** Opens a websocket to the server behind. The handshake is the guard's own on each side. */
function connect(upstream: URL, request: IncomingMessage, protocol: string): WebSocket {
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

/** The messages that have been read from a peer and are not on their way to the other one yet. */
interface Read {
  /** Counts the bytes of an incomplete message that come over the peer's connection. */
  count(tcp: Socket): void;
  /** Leaves the peer unread until its message is on its way: no more of them gather than one read gives. */
  pass(data: Buffer, passed: Promise<unknown>): void;
}

/** Counts the bytes of a peer. The websocket ends when the other peer does not take them, or when a message does not end. */
function createRead(peer: WebSocket, heldBytes: HeldBytes): Read {
  let waiting = 0;
  /** The bytes that have come or gone: as long as they grow, the peers are there. */
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
