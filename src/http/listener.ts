// A server for HTTP/1.1 within limits, whatever it serves: how long a client may take, how many connections and
// requests there are, and what is told to those that are no HTTP.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';

import { type Log } from '../observability/log.js';
import { createClientIp, type TrustedProxies } from './clientIp.js';
import { createConnectionRefusal, refuseConnection } from './connectionErrors.js';
import { type Connections, createConnections } from './connections.js';
import { methodNotAllowed } from './errorResponses.js';
import { type Limits } from './limits.js';
import { type RequestHandler } from './requestHandler.js';
import { type Expectation } from './route.js';
import { createShutdown, type Shutdown } from './shutdown.js';

export interface ListenerOptions {
  readonly limits: Limits;
  /** The proxies in front of the node that are believed. */
  readonly trustProxy: TrustedProxies;
  /** The methods that a CONNECT is told of. */
  readonly allow: string;
  readonly log: Log;
  /** Makes what answers the requests. */
  readonly serve: (stopping: () => boolean) => RequestHandler;
}

export interface Listener {
  readonly server: Server;
  readonly connections: Connections;
  readonly stop: Shutdown;
}

/** After how long without a byte TCP asks for a sign of life. */
const tcpKeepAliveMs = 60_000;

export function createListener({
  limits,
  trustProxy,
  allow,
  log,
  serve: makeServe,
}: ListenerOptions): Listener {
  // Behind a proxy that is believed, all connections come from the proxy.
  const countsNetworks = trustProxy === 0;
  const clientIp = createClientIp(trustProxy, warnOfProxyOnce(log));
  const connections = createConnections({ limits, clientIp, countsNetworks });
  const server = createServer({
    IncomingMessage: connections.Request,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.checkMs,
    maxHeaderSize: limits.maxHeaderBytes,
    // Clients that vanish without a word are found out, since nothing else ends a kept connection for an hour.
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveMs,
    // Node would refuse a request without a Host by itself, with an empty answer.
    requireHostHeader: false,
  });
  server.timeout = limits.silenceMs;
  server.maxConnections = limits.maxConnections;
  // Their size is bounded already, and Node drops those beyond a count without a word.
  server.maxHeadersCount = 0;

  const stop = createShutdown(server, connections);
  const serve = makeServe(stop.begun);

  const begin = (expectation: Expectation) => (request: IncomingMessage, response: ServerResponse) => {
    const pending = connections.began(request, response);
    if (pending !== null) void serve(pending, expectation);
  };
  server.on('connection', connections.opened);
  server.on('request', begin('none'));
  server.on('checkContinue', begin('continue'));
  server.on('checkExpectation', begin('unknown'));
  const refuse = createConnectionRefusal(connections, log);
  server.on('clientError', (error, socket) => {
    if (socket instanceof Socket) refuse(error, socket);
    else socket.destroy();
  });
  server.on('connect', (request: IncomingMessage, socket) => {
    if (connections.ipOf(request) === null) return;
    if (socket instanceof Socket)
      connections.afterAnswers(socket, () => {
        refuseConnection(socket, methodNotAllowed(allow), log);
      });
    else socket.destroy();
  });
  server.once('close', connections.heldBytes.stop);
  return { server, connections, stop };
}

/** Behind a proxy that is not trusted all clients share its IP, and so one budget of attempts. */
function warnOfProxyOnce(log: Log): (ip: string) => void {
  let warned = false;
  return (ip) => {
    if (warned) return;
    warned = true;
    log.warn(
      `TRUST_PROXY: requests come through a proxy at ${ip} that is not trusted, so all clients count as one. Set ` +
        'TRUST_PROXY to the number of proxies in front of the node, or to their networks.',
    );
  };
}
