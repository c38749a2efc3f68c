// Websockets through the guard. The token is in the request's header, or in the first message of graphql-ws and its elders:
// nothing of the client reaches the server behind before its session is known to be live.

import { type IncomingMessage } from 'node:http';
import { type Duplex } from 'node:stream';

import WebSocket, { WebSocketServer } from 'ws';

import { type HostSocketContext } from '../remote/sockets.js';
import { type GuardOptions, headersFor, targetOf } from './forward.js';

/** A longer message is refused, and a peer for which more waits is cut off. */
const maxPayloadBytes = 1_048_576;
const maxWaitingBytes = 8 * maxPayloadBytes;

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
    // The handshake is the guard's own on each side.
    const headers = Object.fromEntries(
      Object.entries(headersFor(upstream, request)).filter(([name]) => !name.startsWith('sec-websocket-')),
    );
    const url = targetOf(upstream, request);
    url.protocol = upstream.protocol === 'https:' ? 'wss:' : 'ws:';
    const protocols = client.protocol === '' ? [] : [client.protocol];
    const behind = new WebSocket(url, protocols, { headers, maxPayload: maxPayloadBytes });
    const contexts: HostSocketContext[] = [];
    let queue = new Promise<void>((resolve) => behind.once('open', resolve));

    /** Whether the session of the token is live, or there is no token; else the client is closed. */
    const admit = (authorization: unknown) => {
      const context = {
        connectionParams: { authorization },
        extra: { socket: client, request },
      };
      contexts.push(context);
      return hufu.ws.onConnect(context);
    };

    const close = (peer: WebSocket) => (code: number, reason: Buffer) => {
      // Codes that no peer may send (RFC 6455 section 7.4.2) stand for a connection that broke.
      if (code === 1005 || code === 1006 || code === 1015) peer.terminate();
      else peer.close(code, reason);
    };
    const send = (to: WebSocket, data: WebSocket.RawData, isBinary: boolean) => {
      if (to.readyState !== WebSocket.OPEN) return;
      if (to.bufferedAmount > maxWaitingBytes) to.terminate();
      else to.send(data, { binary: isBinary });
    };

    // Messages are passed on in their order, each once those before it have been judged.
    let passed = admit(request.headers.authorization);
    client.on('message', (data, isBinary) => {
      const credentials = isBinary ? undefined : initOf(data);
      queue = queue.then(async () => {
        if (!(await passed)) return;
        if (credentials !== undefined) passed = admit(credentials);
        if (await passed) send(behind, data, isBinary);
      });
    });
    behind.on('message', (data, isBinary) => {
      send(client, data, isBinary);
    });
    client.once('close', (code, reason) => {
      for (const context of contexts) hufu.ws.onClose(context);
      close(behind)(code, reason);
    });
    behind.once('close', close(client));
    client.on('error', () => {
      client.terminate();
    });
    behind.on('error', () => {
      client.close(1014, 'the server behind does not answer');
    });
  }
}

/** The credentials in a message that begins the protocol; undefined for every other message. */
function initOf(data: WebSocket.RawData): unknown {
  let message: unknown;
  try {
    message = JSON.parse((data as Buffer).toString());
  } catch {
    return undefined;
  }
  if (!isRecord(message) || message['type'] !== 'connection_init' || !isRecord(message['payload']))
    return undefined;
  const found = Object.entries(message['payload']).find(([name]) => name.toLowerCase() === 'authorization');
  return found?.[1];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
