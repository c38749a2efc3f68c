// A server for HTTP/1.1 within limits, whatever it serves: how long a client may take, how many connections and
// requests there are, and what a client gets that does not speak HTTP.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, Socket } from 'node:net';

import { type Log } from '../observability/log.js';
import { createClientIp, type TrustedProxies } from './clientIp.js';
import { createConnectionRefusal, refuseConnection } from './connectionErrors.js';
import { type Connections, createConnections } from './connections.js';
import { type Limits } from './limits.js';
import { type RequestHandler } from './requestHandler.js';
import { methodNotAllowed } from './responses.js';
import { type Expectation } from './route.js';
import { createShutdown, type Shutdown } from './shutdown.js';

export interface ListenerOptions {
  readonly limits: Limits;
  readonly trustProxy: TrustedProxies;
  /** The methods that the refusal of a CONNECT lists. */
  readonly allow: string;
  readonly log: Log;
  /** Makes the handler of the requests. */
  readonly serve: (stopping: () => boolean) => RequestHandler;
}

export interface Listener {
  readonly server: Server;
  readonly connections: Connections;
  readonly stop: Shutdown;
}

/** After how long without a byte TCP probes whether the client is still there. */
const tcpKeepAliveMs = 60_000;

export function createListener({
  limits,
  trustProxy,
  allow,
  log,
  serve: makeServe,
}: ListenerOptions): Listener {
  // Behind a trusted proxy, all connections come from the proxy.
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
    // TCP finds clients that vanished without a FIN: nothing else ends a kept connection for an hour.
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveMs,
    // Node would refuse a request without a Host by itself, with an empty answer.
    requireHostHeader: false,
  });
  server.timeout = limits.silenceMs;
  // Their size is bounded already, and Node silently drops the headers beyond a count.
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
      `TRUST_PROXY: the proxy at ${ip} is not trusted, so all clients count as one. Set TRUST_PROXY to the number of ` +
        'proxies in front of the node, or to their networks.',
    );
  };
}

/**
 * Opens the port. Resolves to the URL of the server on this machine, without a slash at the end. Rejects with Node's
 * error when the port is in use or not permitted.
 *
 * @param port 0 has the system choose a free one
 * @param host the IP or name to listen on; `0.0.0.0` or `::` for every IP of the machine
 */
export async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('listening on no port');
  return `http://${reachable(host)}:${String(bound.port)}`;
}

/** No client can connect to the host that stands for every IP of the machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** Rejects with Node's error when the port is in use or not permitted, before the node writes anything. */
export async function checkPort(port: number, host: string): Promise<void> {
  const server = createTcpServer((socket) => socket.destroy());
  server.listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
