// A proxy in front of a server that looks at a token once, at the start of a stream: it closes websockets and server-sent
// events when their session ends. Every other request passes through as it is.

import {
  Agent,
  createServer,
  request as requestHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Agent as TlsAgent, request as requestHttps } from 'node:https';
import { type Duplex } from 'node:stream';

import { ignoreUpgrade } from '../http/websocket/ignoreUpgrade.js';
import { type GuardOptions, headersFor, targetOf, withoutHop } from './forward.js';
import { createSocketGuard } from './sockets.js';

/** How long nothing may pass between the guard and the server behind while it answers, in milliseconds. */
const upstreamTimeoutMs = 60_000;

/** How long a connection waits for its next request, in milliseconds: less than servers do, which would cut it then. */
const idleTimeoutMs = 2_000;

export interface Guard {
  readonly server: Server;
  /** Ends every connection and stream, and accepts no new one. */
  stop(): void;
}

/** Makes the proxy; its server does not listen yet. */
export function createGuard({ hufu, upstream }: GuardOptions): Guard {
  const sockets = createSocketGuard({ hufu, upstream });
  const isTls = upstream.protocol === 'https:';
  const send = isTls ? requestHttps : requestHttp;
  const agent = new (isTls ? TlsAgent : Agent)({ keepAlive: true, timeout: idleTimeoutMs });

  const pass = (request: IncomingMessage, response: ServerResponse) => {
    const forwarded = send(targetOf(upstream, request), {
      method: request.method,
      headers: headersFor(upstream, request),
      agent,
      timeout: upstreamTimeoutMs,
    });
    const fail = () => {
      forwarded.destroy();
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    };
    forwarded.on('error', fail);
    forwarded.once('timeout', fail);
    response.once('close', () => forwarded.destroy());
    forwarded.once('response', (answer) => {
      answer.once('error', fail);
      void answerWith(request, response, answer).catch(fail);
    });
    request.pipe(forwarded);
  };

  const answerWith = async (request: IncomingMessage, response: ServerResponse, answer: IncomingMessage) => {
    if (isStream(answer) && !(await isWatched(request, response, answer))) return;
    response.writeHead(answer.statusCode ?? 502, withoutHop(answer.headers));
    answer.pipe(response);
  };

  /** Watches the session of a request whose answer is a stream. False where it has none that is live. */
  const isWatched = async (request: IncomingMessage, response: ServerResponse, answer: IncomingMessage) => {
    const { session } = (await hufu.context(request)).hufu;
    // The client has left meanwhile: nothing would end the watch.
    if (response.destroyed) return false;
    // Without a token it is up to the server behind.
    if (session.kind === 'anonymous') return true;
    if (session.kind !== 'active') {
      answer.destroy();
      response.writeHead(session.kind === 'unavailable' ? 503 : 401).end();
      return false;
    }
    const unwatch = hufu.watch(session.session, () => {
      answer.destroy();
      response.destroy();
    });
    response.once('close', unwatch);
    return true;
  };

  const server = createServer(pass);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') sockets.open(request, socket, head);
    else ignoreUpgrade(server, request, socket, head);
  });
  return {
    server,
    stop() {
      server.close();
      server.closeAllConnections();
      sockets.stop();
      agent.destroy();
    },
  };
}

/** Server-sent events, and the parts of `@defer`, `@stream` and of subscriptions over HTTP. */
function isStream({ headers }: IncomingMessage): boolean {
  return /^(?:text\/event-stream|multipart\/mixed)\b/i.test(headers['content-type'] ?? '');
}
