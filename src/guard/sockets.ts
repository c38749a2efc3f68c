// Websockets through the guard. The token is in the request's header, or in the first message of graphql-ws and its elders:
// nothing of the client reaches the server behind, and nothing of that the client, before its session is known to be live.

import { type IncomingMessage } from 'node:http';
import { type Duplex } from 'node:stream';

import WebSocket, { WebSocketServer } from 'ws';

import { type HostSocketContext } from '../remote/sockets.js';
import { type GuardOptions, headersFor, targetOf } from './forward.js';

/** A longer message is refused, and a peer for which more waits is cut off. */
const maxPayloadBytes = 1_048_576;
const maxWaitingBytes = 8 * maxPayloadBytes;

/** How long the server behind may take to accept a websocket, in milliseconds. */
const handshakeTimeoutMs = 15_000;

export function createSocketGuard({ hufu, upstream }: GuardOptions) {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxPayloadBytes,
    // The one that the client wants most; the server behind has to agree.
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  });

  return (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    server.handleUpgrade(request, socket, head, (client) => {
      relay(request, client);
    });
  };

  function relay(request: IncomingMessage, client: WebSocket) {
    const contexts: HostSocketContext[] = [];

    /** Whether the session of the token is live, or there is no token; else the client is closed. */
    const admit = (connectionParams: HostSocketContext['connectionParams']) => {
      const context = { connectionParams, extra: { socket: client, request } };
      contexts.push(context);
      return hufu.ws.onConnect(context);
    };

    /** Resolves to the server behind when it has accepted; null where the client has left, or is closed. */
    const join = async (isLive: boolean): Promise<WebSocket | null> => {
      if (!isLive || client.readyState !== WebSocket.OPEN) return null;
      const behind = connect(request, client.protocol);
      behind.on('message', (data, isBinary) => {
        send(client, data, isBinary);
      });
      behind.on('error', () => {
        client.close(1014, 'the server behind does not answer');
      });
      behind.once('close', passOnClose(client));
      client.once('close', passOnClose(behind));
      return new Promise((resolve) => {
        behind.once('open', () => {
          resolve(behind);
        });
        behind.once('close', () => {
          resolve(null);
        });
      });
    };

    const { authorization } = request.headers;
    let behind = admit({ authorization }).then(join);
    // Messages are passed on in their order, each once those before it have been judged.
    client.on('message', (data, isBinary) => {
      // No more of them gather than one read gives.
      client.pause();
      const credentials = initOf(data);
      behind = behind.then(async (to) => {
        const isLive = to !== null && (credentials === undefined || (await admit(credentials)));
        if (isLive) send(to, data, isBinary);
        client.resume();
        return isLive ? to : null;
      });
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
      Object.entries(headersFor(upstream, request)).filter(([name]) => !name.startsWith('sec-websocket-')),
    );
    const url = targetOf(upstream, request);
    url.protocol = upstream.protocol === 'https:' ? 'wss:' : 'ws:';
    return new WebSocket(url, protocol === '' ? [] : [protocol], {
      headers,
      maxPayload: maxPayloadBytes,
      handshakeTimeout: handshakeTimeoutMs,
    });
  }
}

function passOnClose(peer: WebSocket): (code: number, reason: Buffer) => void {
  return (code, reason) => {
    // Codes that no peer may send (RFC 6455 section 7.4.2) stand for a connection that broke.
    if (code === 1005 || code === 1006 || code === 1015) peer.terminate();
    else peer.close(code, reason);
  };
}

function send(to: WebSocket, data: WebSocket.RawData, isBinary: boolean): void {
  if (to.readyState !== WebSocket.OPEN) return;
  if (to.bufferedAmount > maxWaitingBytes) to.terminate();
  else to.send(data, { binary: isBinary });
}

/**
 * The parameters in a message that begins the protocol; undefined for every other message. A binary one counts: the server
 * behind may read it as text.
 */
function initOf(data: WebSocket.RawData): Readonly<Record<string, unknown>> | undefined {
  let message: unknown;
  try {
    message = JSON.parse((data as Buffer).toString());
  } catch {
    return undefined;
  }
  if (!isRecord(message) || message['type'] !== 'connection_init') return undefined;
  return isRecord(message['payload']) ? message['payload'] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
