// The way in for sockets: requests to upgrade at /graphql. Pages of any origin may open one, since a browser adds no
// credentials to it by itself: whoever has no token can wait for nothing.

import { type IncomingMessage, type Server } from 'node:http';
import { Socket } from 'node:net';
import { type Duplex } from 'node:stream';

import { WebSocketServer } from 'ws';

import { type LiveServer } from '../../graphql/subscriptions/server.js';
import { createNetworkCounter } from '../../common/networkCounter.js';
import { type Log } from '../../observability/log.js';
import { type Metrics } from '../../observability/metrics.js';
import { type Connections } from '../connections.js';
import { ignoreUpgrade } from './ignoredUpgrade.js';
import { type Limits } from '../limits.js';
import { problems } from '../errorResponses.js';
import { maxBodyBytes } from '../readBody.js';
import { refuseConnection } from '../connectionErrors.js';
import { hasDuplicateHeader } from '../duplicateHeader.js';
import { readRequestId } from '../requestId.js';
import { parseTarget } from '../target.js';
import { readUserAgent } from '../userAgent.js';
import { type OpenSocket, openWebsocket } from './connection.js';

export interface Websockets {
  /** Begins to close every socket, and takes no new one. */
  close(): void;
}

export interface WebsocketOptions {
  readonly live: LiveServer;
  readonly connections: Connections;
  readonly stopping: () => boolean;
  readonly limits: Pick<Limits, 'maxSockets' | 'maxSocketsOfNetwork'>;
  /** Whether the node may be asked by this Host header. */
  readonly isKnownHost: (host: string | undefined) => boolean;
  readonly log: Log;
  readonly metrics: Metrics;
}

const subprotocol = 'graphql-transport-ws';

/** How often clients are asked for a sign of life, in milliseconds; proxies cut what is silent for a minute. */
const beatMs = 15_000;

/** How long clients have to answer that the node goes away, in milliseconds. */
const closeTimeoutMs = 1_000;

/** Frames of one message, and pieces in which it arrives: each costs memory beside its bytes. */
const maxFragments = 128;
const maxPieces = 4_096;

export function serveWebsockets(server: Server, options: WebsocketOptions): Websockets {
  const { live, connections, stopping, limits, isKnownHost, log, metrics } = options;
  const open = new Set<OpenSocket>();
  const networks = createNetworkCounter(limits.maxSocketsOfNetwork);
  metrics.gauge('sockets', () => [{ labels: {}, value: open.size }]);
  const upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compressed, the sockets of one node would take some hundred KiB each.
    perMessageDeflate: false,
    // What answers a ping is counted with everything else that waits to be sent.
    autoPong: false,
    maxPayload: maxBodyBytes,
    maxFragments,
    maxBufferedChunks: maxPieces,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });

  // Else it would answer by itself, with a page in words of its own.
  upgrader.on('wsClientError', (_error, tcp) => {
    if (tcp instanceof Socket) refuseConnection(tcp, problems.handshake, log);
    else tcp.destroy();
  });

  const accept = (request: IncomingMessage, tcp: Socket, head: Buffer, ip: string) => {
    const requestId = readRequestId(request.headers['x-request-id']);
    const clientInfo = { ip, userAgent: readUserAgent(request) };
    if (networks.isFull(ip)) {
      refuseConnection(tcp, problems.busy, log);
      return;
    }
    tcp.once('close', networks.take(ip));
    connections.left(tcp);
    upgrader.handleUpgrade(request, tcp, head, (ws) => {
      log.info({ requestId, method: 'GET', path: '/graphql', status: 101 }, 'websocket opened');
      const onClosed = (socket: OpenSocket) => open.delete(socket);
      open.add(
        openWebsocket(ws, tcp, {
          live,
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
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') ignoreUpgrade(server, request, tcp, head);
    else if (request.headers.host === undefined || hasDuplicateHeader(request.rawHeaders, 'host'))
      refuseConnection(tcp, problems.host, log);
    else if (!isKnownHost(request.headers.host)) refuseConnection(tcp, problems.foreignHost, log);
    else if (parseTarget(request.url ?? '').path !== '/graphql')
      refuseConnection(tcp, problems.notFound, log);
    else if (stopping() || open.size >= limits.maxSockets) refuseConnection(tcp, problems.busy, log);
    else accept(request, tcp, head, ip);
  };

  server.on('upgrade', (request: IncomingMessage, tcp: Duplex, head: Buffer) => {
    const ip = connections.ipOf(request);
    if (ip === null) return;
    if (tcp instanceof Socket)
      connections.afterAnswers(tcp, () => {
        answer(request, tcp, head, ip);
      });
    else tcp.destroy();
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
