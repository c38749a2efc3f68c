// A server for HTTP/1.1 within limits, whatever it serves: it bounds the time of clients, the connections and the requests,
// refuses bytes that are no HTTP, and opens the port.

import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { type Log } from '../observability/log.js';
import { createClientIp, type TrustedProxies } from './clientIp.js';
import { createConnectionRefusal, refuseConnection } from './connectionErrors.js';
import { type Connections, createConnections, StoppableRequest } from './connections.js';
import { type HttpLimits } from './limits.js';
import { type Expectation } from './route.js';
import { type RequestHandler } from './requestHandler.js';
import { methodNotAllowed } from './responses.js';
import { createShutdown, type Shutdown } from './shutdown.js';
import { connectionOf, isHandedOver } from './websocket/upgradeRequest.js';

export interface ListenerOptions {
  readonly limits: HttpLimits;
  readonly trustProxy: TrustedProxies;
  /** The methods that the refusal of a CONNECT lists. */
  readonly allow: string;
  readonly log: Log;
  /** Makes the handler of the requests. */
  readonly serve: (stop: Shutdown) => RequestHandler;
}

export interface Listener {
  readonly server: Server;
  readonly connections: Connections;
  readonly stop: Shutdown;
}

/** The time without a byte after which TCP probes whether the client is still there, in milliseconds. */
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
  const server: Server = createServer({
    ...upgradesWhere((request) => server.listenerCount('upgrade') > 0 && isHandedOver(request)),
    IncomingMessage: StoppableRequest,
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
  // The size of headers is bounded already, and Node silently drops those beyond a count.
  server.maxHeadersCount = 0;

  const stop = createShutdown(server, connections);
  const serve = makeServe(stop);

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
  server.on('connect', (request: IncomingMessage, stream) => {
    const socket = connectionOf(request, stream);
    if (connections.ipOf(request) === null) return;
    connections.afterAnswers(socket, () => {
      refuseConnection(socket, methodNotAllowed(allow), log);
    });
  });
  server.once('close', connections.heldBytes.stop);
  return { server, connections, stop };
}

/** The option of Node 24.9 and later, which the types of Node 20 do not have; earlier versions ignore it. */
function upgradesWhere(shouldUpgradeCallback: (request: IncomingMessage) => boolean) {
  return { shouldUpgradeCallback };
}

/** Makes a warning of one line: behind a proxy that is not trusted, all clients share its IP and one budget of attempts. */
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

/** Returns a host that clients can connect to, in place of one that stands for every IP of the machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Rejects with Node's error when the port is in use or not permitted, before the node writes anything. The socket is
 * bound as the server's will be, and never listens: a proxy that tries the node again would lose its request.
 */
export async function checkPort(port: number, host: string): Promise<void> {
  const { address } = await lookup(host);
  const socket = new Socket();
  const failures: NodeJS.ErrnoException[] = [];
  socket.on('error', (error) => failures.push(error));
  // Node binds a socket where it connects. Whether that reaches anything does not matter.
  socket.connect({ port, host: address, localPort: port, localAddress: address });
  await nextTurn();
  socket.destroy();
  const failure = failures.find(({ syscall }) => syscall === 'bind');
  if (failure !== undefined) throw failure;
}
