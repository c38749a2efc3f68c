// Requests through the guard, each answered by the server behind. An answer that is a stream ends with its session.

import { Agent, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import { Agent as TlsAgent, request as requestHttps } from 'node:https';
import { type Socket } from 'node:net';

import { bodyRefused } from '../http/body.js';
import { type PendingRequest, type Permits } from '../http/capacity.js';
import { type Shutdown } from '../http/shutdown.js';
import { type Expectation } from '../http/route.js';
import { type RequestHandler, sendResponse } from '../http/requestHandler.js';
import { hasDuplicateHeader, readRequestId } from '../http/requestHeaders.js';
import { errorResponse, errorResponses, type HttpResponse } from '../http/responses.js';
import { type GuardOptions, headersFor, targetOf, withoutHop } from './forward.js';
import { upstreamTimeoutMs } from './limits.js';

/** How long a connection waits for its next request, in milliseconds: less than servers do, which would cut it then. */
const idleTimeoutMs = 2_000;

/** How long a client may go on sending the body of a request that has been answered, in milliseconds. */
const bodyTimeoutMs = 1_000;

const notLive: HttpResponse = { status: 401, headers: ['www-authenticate', 'Bearer'], body: '' };
const badGateway = errorResponse(502, 'SERVICE_UNAVAILABLE', 'The server behind does not answer.');

export interface RequestGuard {
  readonly serve: (stop: Shutdown) => RequestHandler;
  /** Ends the answers that are streams. */
  endStreams(): void;
  /** Lets go of the connections to the server behind. */
  stop(): void;
}

/** @param streams the permits of streams, which may stay open for days */
export function createRequestGuard({ hufu, upstream, log }: GuardOptions, streams: Permits): RequestGuard {
  const isTls = upstream.protocol === 'https:';
  const send = isTls ? requestHttps : requestHttp;
  const agent = new (isTls ? TlsAgent : Agent)({ keepAlive: true, timeout: idleTimeoutMs });
  const open = new Set<ServerResponse>();
  /** For each connection with a request under way, a promise that resolves when its newest request is gone. */
  const turns = new WeakMap<Socket, Promise<void>>();

  /** Resolves when all earlier requests of the connection are gone: the server behind gets them in their order. */
  const turn = async (pending: PendingRequest) => {
    const { socket } = pending.request;
    const before = turns.get(socket);
    turns.set(
      socket,
      new Promise((resolve) => {
        pending.onGone(resolve);
      }),
    );
    await before;
  };

  const serve =
    (stop: Shutdown): RequestHandler =>
    async (pending, expectation) => {
      pending.onGone(() => {
        pending.served();
      });
      await turn(pending);
      if (pending.request.socket.destroyed) return;
      try {
        pass(pending, expectation, stop);
      } catch (err) {
        // An unexpected error for one client ends its connection, and not the streams of all others with the process.
        log.error({ err }, 'request failed');
        pending.request.socket.destroy();
      }
    };

  function pass(
    pending: PendingRequest,
    expectation: Expectation,
    { closing, endsConnections }: Shutdown,
  ): void {
    const { request, response } = pending;
    const isLast = () => pending.isLast || endsConnections();
    let state: 'waits' | 'is answered' | 'is refused' = 'waits';

    const refuse = (answer: HttpResponse) => {
      state = 'is refused';
      const requestId = readRequestId(request.headers['x-request-id']);
      const options = { headers: [], isLast: isLast() };
      sendResponse({ request, response, requestId, pending }, answer, options);
    };
    const refusal = refusalOf(pending, expectation);
    if (refusal !== null) {
      refuse(refusal);
      return;
    }

    const forwarded = send(targetOf(upstream, request), {
      method: request.method,
      headers: headersFor(upstream, request),
      agent,
      timeout: upstreamTimeoutMs,
    });
    /** A failure after the whole answer has come changes nothing for the client. */
    const fail = (answer: HttpResponse) => {
      request.unpipe(forwarded);
      forwarded.destroy();
      if (state === 'waits') refuse(answer);
      else if (state === 'is answered' && !response.writableEnded) response.destroy();
    };
    const failed = () => {
      fail(badGateway);
    };
    forwarded.on('error', failed);
    forwarded.once('timeout', failed);
    // Also without an answer that can be passed on, such as 101 to a request without an offer.
    forwarded.once('close', () => {
      if (state === 'waits') failed();
    });
    forwarded.on('continue', () => {
      if (expectation === 'continue' && state === 'waits') response.writeContinue();
    });
    request.once(bodyRefused, fail);
    response.on('error', failed);
    pending.onGone(() => forwarded.destroy());
    forwarded.once('response', (answer) => {
      answer.on('error', failed);
      answerWith(answer).catch(failed);
    });
    request.pipe(forwarded);

    async function answerWith(answer: IncomingMessage): Promise<void> {
      if (isStream(answer)) {
        const admission = await admitStream(pending, answer, { closing, isAwaited: () => state === 'waits' });
        if (typeof admission === 'object') {
          answer.destroy();
          fail(admission);
        }
        if (admission !== 'admitted') return;
      }
      const headers = withoutHop(answer.headers);
      if (isLast()) headers['connection'] = 'close';
      response.writeHead(answer.statusCode ?? 502, headers);
      state = 'is answered';
      response.once('finish', () => {
        endBody(request);
      });
      pump(answer, pending);
    }
  }

  /**
   * Admits an answer that is a stream, while its session is live or where there is no token.
   *
   * @returns `left` where the client or the server behind has left meanwhile, else the refusal of the stream
   */
  async function admitStream(
    pending: PendingRequest,
    answer: IncomingMessage,
    { closing, isAwaited }: { readonly closing: () => boolean; readonly isAwaited: () => boolean },
  ): Promise<'admitted' | 'left' | HttpResponse> {
    const { request, response } = pending;
    if (closing() || streams.isFull(pending.ip)) return errorResponses.busy;
    pending.onGone(streams.take(pending.ip));
    const { session } = (await hufu.context(request)).hufu;
    // Nothing would end the watch.
    if (response.destroyed || !isAwaited()) return 'left';
    if (closing() || session.kind === 'unavailable') return errorResponses.busy;
    if (session.kind === 'rejected') return notLive;
    // Without a token it is up to the server behind.
    if (session.kind === 'active') {
      const unwatch = hufu.watch(session.session, () => {
        answer.destroy();
        response.destroy();
      });
      pending.onGone(unwatch);
    }
    open.add(response);
    pending.onGone(() => open.delete(response));
    pending.becomesStream();
    pending.served();
    return 'admitted';
  }

  return {
    serve,
    endStreams() {
      for (const response of open) response.destroy();
    },
    stop() {
      agent.destroy();
    },
  };
}

/** Returns the refusal of a request that is not passed on; null where it is. */
function refusalOf(pending: PendingRequest, expectation: Expectation): HttpResponse | null {
  const { headers, httpVersion, rawHeaders } = pending.request;
  // RFC 9112 section 3.2. The server behind is sent its own name instead.
  const isLacking = headers.host === undefined && httpVersion === '1.1';
  if (isLacking || hasDuplicateHeader(rawHeaders, 'host')) return errorResponses.host;
  if (expectation === 'unknown') return errorResponses.expectation;
  return pending.isRefused || !pending.admit() ? errorResponses.busy : null;
}

/** Sends an answer on, piece by piece. Pieces that its client has no room for are held, and a client that does not read is cut. */
function pump(answer: IncomingMessage, pending: PendingRequest): void {
  const { response } = pending;
  pending.isAnswered = true;
  let unsent = 0;
  // Not `drain`: Node tells it no more once the client has offered another protocol behind the request.
  const sent = () => {
    unsent -= 1;
    if (unsent > 0) return;
    pending.release();
    answer.resume();
  };
  answer.on('data', (piece: Buffer) => {
    unsent += 1;
    if (response.write(piece, sent)) return;
    answer.pause();
    pending.hold(piece.length);
  });
  answer.once('end', () => response.end());
}

/** Reads the rest of a body that the server behind did not want; a client that goes on with it is cut. */
function endBody(request: IncomingMessage): void {
  if (request.complete) return;
  request.unpipe();
  request.resume();
  const cut = setTimeout(() => {
    request.socket.destroySoon();
  }, bodyTimeoutMs).unref();
  request.once('end', () => {
    clearTimeout(cut);
  });
}

/** Server-sent events, and the parts of `@defer`, `@stream` and of subscriptions over HTTP. */
function isStream({ headers }: IncomingMessage): boolean {
  return /^(?:text\/event-stream|multipart\/mixed)\b/i.test(headers['content-type'] ?? '');
}
