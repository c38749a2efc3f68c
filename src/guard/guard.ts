// A proxy in front of a server that looks at a token once, at the start of a stream: it closes websockets and server-sent
// events when their session ends. Every other request passes through as it is.

import { type IncomingMessage, type Server } from 'node:http';
import { type Duplex } from 'node:stream';

import { createPermits } from '../http/capacity.js';
import { createListener } from '../http/listener.js';
import { connectionOf, ignoreUpgrade, offersWebsocket } from '../http/websocket/upgradeRequest.js';
import { type GuardOptions } from './forward.js';
import { guardLimits } from './limits.js';
import { createRequestGuard } from './requests.js';
import { createSocketGuard } from './sockets.js';

export interface Guard {
  readonly server: Server;
  /** Ends every stream, answers the requests that are under way, and accepts no new one. Resolves when all of them have ended. */
  stop(withinMs?: number): Promise<void>;
}

/** How long requests that are under way may take when the guard stops, in milliseconds. */
const defaultStopMs = 10_000;

/** The methods that the refusal of a CONNECT lists. */
const allow = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** Makes the proxy; its server does not listen yet. */
export function createGuard(options: GuardOptions): Guard {
  const { trustProxy = 0, log } = options;
  const limits = { ...guardLimits, ...options.limits };
  // Websockets and server-sent events alike: both stay open for days, and leave the other connections to requests.
  const streams = createPermits(limits.maxSockets, limits.maxSocketsOfNetwork);
  const requests = createRequestGuard(options, streams);
  const { server, connections, stop } = createListener({
    limits,
    trustProxy,
    allow,
    log,
    serve: requests.serve,
  });
  const sockets = createSocketGuard(options, { streams, connections, stopping: stop.closing });

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = connectionOf(request, stream);
    const ip = connections.ipOf(request);
    if (ip === null) return;
    connections.afterAnswers(socket, () => {
      if (offersWebsocket(request)) sockets.open(request, socket, head, ip);
      else ignoreUpgrade(server, request, socket, head);
    });
  });
  return {
    server,
    async stop(withinMs = defaultStopMs) {
      const onClosing = () => {
        sockets.stop();
        requests.endStreams();
      };
      await stop.stop({ withinMs, delayMs: 0, onClosing });
      requests.stop();
    },
  };
}
