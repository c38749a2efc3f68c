// A server for HTTP/1.1 within limits, whatever it serves: how long a client may take, how many connections and
// requests there are, what a client gets that does not speak HTTP, and a stop that answers every accepted request.

import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as TcpServer, Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

import { type Log } from '../observability/log.js';
import { createClientIp, type TrustedProxies } from './clientIp.js';
import { createConnectionRefusal, refuseConnection } from './connectionErrors.js';
import { type Connections, createConnections } from './connections.js';
import { type HttpLimits } from './limits.js';
import { type Expectation } from './route.js';
import { type RequestHandler } from './requestHandler.js';
import { methodNotAllowed } from './responses.js';

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

export interface Shutdown {
  readonly begun: () => boolean;
  /** Whether each answer tells the client to send its next request on a new connection. */
  readonly endsConnections: () => boolean;
  /** Whether the delay is over: no new connection is taken. */
  readonly closing: () => boolean;
  /** Resolves when the last connection has ended. A second call joins the first. */
  readonly stop: (options: ShutdownOptions) => Promise<void>;
}

export interface ShutdownOptions {
  /** How long the node continues to serve, so that load balancers notice that it is no longer ready. */
  readonly delayMs: number;
  /** How long connections may stay busy after the delay, before they are cut. */
  readonly withinMs: number;
  /** Called when the delay is over. */
  readonly onClosing: () => void;
}

const sweepMs = 50;
/**
 * How long an idle connection is kept after the port has been closed. A proxy may be sending a request on it right now;
 * the answer tells the proxy to close the connection itself, so it loses nothing. Where there is a delay for load
 * balancers, it is long enough for their requests to use up the connections that they have kept.
 */
const idleMs = { withoutDelay: 400, withDelay: 2_000 };

export function createShutdown(server: Server, connections: Connections): Shutdown {
  let stopped: Promise<void> | null = null;
  let isClosing = false;
  let endsConnections = false;

  const drain = async ({ delayMs, withinMs, onClosing }: ShutdownOptions) => {
    endsConnections = true;
    if (delayMs > 0) await wait(delayMs);
    isClosing = true;
    onClosing();
    const startedAt = performance.now();
    // A proxy that has no health checks goes on: with connections that are kept it needs no new ones.
    endsConnections = false;
    await settle(connections, withinMs);
    const closed = new Promise<void>((resolve) =>
      // Not the HTTP server's own `close`, which ends idle connections at once.
      TcpServer.prototype.close.call(server, () => {
        resolve();
      }),
    );
    endsConnections = true;
    const closedAt = performance.now();
    const leftMs = Math.max(0, withinMs - (closedAt - startedAt));
    const keptMs = Math.min(delayMs > 0 ? idleMs.withDelay : idleMs.withoutDelay, leftMs);
    const sweep = setInterval(() => {
      if (performance.now() - closedAt >= keptMs) connections.endIdle();
    }, sweepMs);
    const cut = setTimeout(connections.cutAll, leftMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
    // Nothing is left to end; this stops Node's timer that looks for slow requests.
    server.close();
  };

  return {
    begun: () => stopped !== null,
    endsConnections: () => endsConnections,
    closing: () => isClosing,
    stop: (options) => (stopped ??= drain(options)),
  };
}

/** For how long no new connection may come before the port is closed, at first; less with each try. */
const quietMs = 50;
const quietFactor = 0.8;
/** Where each turn of the event loop is long, as with an embedded database, sixty new connections take a while. */
const maxSettleMs = 5_000;
/** In a longer turn of the event loop, new connections may have come that no one has looked for. */
const shortTurnMs = 1;

/**
 * Resolves at a moment in which the port can be closed, or after a time. The system resets the connections that wait to
 * be accepted then, and a proxy must not send a mutation to another node once it has sent it on one of them.
 */
async function settle(connections: Connections, withinMs: number): Promise<void> {
  const until = performance.now() + Math.min(maxSettleMs, withinMs);
  let accepted: number;
  let turnMs: number;
  let pauseMs = quietMs;
  do {
    accepted = connections.accepted();
    await wait(Math.min(pauseMs, withinMs));
    pauseMs *= quietFactor;
    turnMs = await lookForConnections();
  } while ((connections.accepted() > accepted || turnMs > shortTurnMs) && performance.now() < until);
}

/**
 * Resolves when the event loop has looked for new connections, with how long that took. A busy process fires a timer
 * before it looks at its connections again, and accepts one new connection a turn.
 */
async function lookForConnections(): Promise<number> {
  await nextTurn();
  await nextTurn();
  const startedAt = performance.now();
  await nextTurn();
  return performance.now() - startedAt;
}
