// Upgrades requests at /graphql to websockets. Pages of any origin may open one, since a browser adds no credentials
// to it by itself: a client without a token gets no events.

import { type IncomingMessage, type Server } from 'node:http';
import { Socket } from 'node:net';
import { type Duplex } from 'node:stream';

import { WebSocketServer } from 'ws';

import { type SubscriptionServer } from '../../graphql/subscriptions/server.js';
import { type Log } from '../../observability/log.js';
import { type Metrics } from '../../observability/metrics.js';
import { createPermits } from '../capacity.js';
import { refuseConnection } from '../connectionErrors.js';
import { type Connections } from '../connections.js';
import { type HttpLimits, maxBodyBytes } from '../limits.js';
import { hasBody, hasDuplicateHeader, readRequestId, readUserAgent } from '../requestHeaders.js';
import { errorResponses } from '../responses.js';
import { parseTarget } from '../requestHandler.js';
import { type OpenSocket, openWebsocket } from './connection.js';
import { connectionOf, ignoreUpgrade, offersWebsocket } from './upgradeRequest.js';

export interface Websockets {
  /** Begins to close every websocket, and accepts no new one. */
  close(): void;
}

export interface WebsocketOptions {
  readonly subscriptions: SubscriptionServer;
  readonly connections: Connections;
  readonly stopping: () => boolean;
  readonly limits: Pick<HttpLimits, 'maxSockets' | 'maxSocketsOfNetwork'>;
  /** Tells whether the node answers to this Host header. */
  readonly isKnownHost: (host: string | undefined) => boolean;
  readonly log: Log;
  readonly metrics: Metrics;
}

const subprotocol = 'graphql-transport-ws';

/** How often clients are pinged, in milliseconds: proxies cut connections that are silent for a minute. */
const beatMs = 15_000;

/** How long clients have to answer a close with `Going away`, in milliseconds. */
const closeTimeoutMs = 1_000;

/** Frames of one message, and pieces in which it arrives: each costs memory in addition to its bytes. */
const maxFragments = 128;
const maxPieces = 4_096;

export function serveWebsockets(server: Server, options: WebsocketOptions): Websockets {
  const { subscriptions, connections, stopping, limits, isKnownHost, log, metrics } = options;
  const open = new Set<OpenSocket>();
  const permits = createPermits(limits.maxSockets, limits.maxSocketsOfNetwork);
  metrics.gauge('sockets', () => [{ labels: {}, value: open.size }]);
  const upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression takes some hundred KiB for each websocket.
    perMessageDeflate: false,
    // The answer to a ping is counted with everything else that waits to be sent.
    autoPong: false,
    maxPayload: maxBodyBytes,
    maxFragments,
    maxBufferedChunks: maxPieces,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });

  // Without a listener it answers by itself, with a page that is no JSON.
  upgrader.on('wsClientError', (_error, tcp) => {
    if (tcp instanceof Socket) refuseConnection(tcp, errorResponses.handshake, log);
    else tcp.destroy();
  });

  const accept = (request: IncomingMessage, tcp: Socket, head: Buffer, ip: string) => {
    const requestId = readRequestId(request.headers['x-request-id']);
    const clientInfo = { ip, userAgent: readUserAgent(request.headers['user-agent']) };
    tcp.once('close', permits.take(ip));
    connections.upgraded(tcp);
    upgrader.handleUpgrade(request, tcp, head, (ws) => {
      log.info({ requestId, method: 'GET', path: '/graphql', status: 101 }, 'websocket opened');
      const onClosed = (socket: OpenSocket) => open.delete(socket);
      open.add(
        openWebsocket(ws, tcp, {
          subscriptions,
          log,
          requestId,
          clientInfo,
          onClosed,
          heldBytes: connections.heldBytes,
        }),
      );
    });
  };

  const answer = (request: IncomingMessage, tcp: Socket, head: Buffer, ip: string) => {
    if (!offersWebsocket(request)) ignoreUpgrade(server, request, tcp, head);
    // It would be read as frames; and Node 26 reads from the connection until the whole body is there.
    else if (hasBody(request.headers)) refuseConnection(tcp, errorResponses.handshake, log);
    else if (request.headers.host === undefined || hasDuplicateHeader(request.rawHeaders, 'host'))
      refuseConnection(tcp, errorResponses.host, log);
    else if (!isKnownHost(request.headers.host)) refuseConnection(tcp, errorResponses.foreignHost, log);
    else if (parseTarget(request.url ?? '').path !== '/graphql')
      refuseConnection(tcp, errorResponses.notFound, log);
    // A proxy sends the request to another node if the connection ends without an answer. It passes an answer on.
    else if (stopping()) tcp.destroySoon();
    else if (permits.isFull(ip)) refuseConnection(tcp, errorResponses.busy, log);
    else accept(request, tcp, head, ip);
  };

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = connectionOf(request, stream);
    const ip = connections.ipOf(request);
    if (ip === null) return;
    connections.afterAnswers(socket, () => {
      answer(request, socket, head, ip);
    });
  });

  // One timer for all of them.
  const beat = setInterval(() => {
    for (const socket of open) socket.beat();
  }, beatMs).unref();

  return {
    close() {
      clearInterval(beat);
      for (const socket of open) socket.goAway();
      setTimeout(() => {
        for (const socket of open) socket.cut();
      }, closeTimeoutMs).unref();
    },
  };
}
