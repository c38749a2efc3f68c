// Refuses bytes that cannot be read as a request: no HTTP, headers too large, or a request that took too long.

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';

import { type Log } from '../observability/log.js';
import { bodyRefused } from './body.js';
import { type Connections } from './connections.js';
import { errorResponses, type HttpResponse, noPage, securityHeaders } from './responses.js';

/** Node reports a request that has not arrived in time. */
const timedOut = 'ERR_HTTP_REQUEST_TIMEOUT';

/** The answers by the code of the parser's error; any other code means that the bytes are no HTTP. */
const answers = new Map<string, HttpResponse>([
  [timedOut, errorResponses.tooSlow],
  ['HPE_HEADER_OVERFLOW', errorResponses.headersTooLarge],
]);

/** In so many turns of the event loop Node reads the longest request that waits in the system's buffer: 64 KiB in each. */
const turnsToRead = 4;

/** How long the client has to read the answer before the connection is cut. */
const drainTimeoutMs = 500;

/**
 * Makes the handler of connections that the parser cannot read on. Never throws.
 *
 * - A request whose body was being read is answered in its turn, by its route.
 * - A request that is being executed gets its answer; then the connection ends.
 * - Otherwise there is no request, and the answer is written straight to the connection.
 *
 * Nothing of it happens to a request that has arrived while the process was suspended: Node looks at the time before it reads.
 */
export function createConnectionRefusal(connections: Connections, log: Log) {
  const refused = new WeakSet<Socket>();

  /** Calls the function unless the request that is late is complete once what has arrived is read. */
  const unlessArrived = (socket: Socket, act: () => void) => {
    const newest = connections.newest(socket);
    const begunBefore = connections.begunOn(socket);
    // Where the newest request is complete, the one that is late has not begun: its headers are on their way.
    const isBodyLate = newest !== null && !newest.req.complete;
    const hasArrived = () =>
      isBodyLate
        ? newest.req.complete
        : connections.begunOn(socket) > begunBefore && connections.newest(socket)?.req.complete !== false;
    const look = (turns: number) => {
      if (hasArrived()) return;
      if (turns === 0) act();
      else setImmediate(look, turns - 1);
    };
    look(turnsToRead);
  };

  const refuse = (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (refused.has(socket)) return;
    refused.add(socket);
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const answer = answers.get(error.code ?? '') ?? errorResponses.notHttp;
    const pending = connections.newest(socket);
    if (pending === null) refuseConnection(socket, answer, log);
    else if (pending.req.complete || !pending.req.emit(bodyRefused, answer))
      pending.once('finish', () => {
        socket.destroySoon();
      });
  };

  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code !== timedOut) refuse(error, socket);
    else
      unlessArrived(socket, () => {
        refuse(error, socket);
      });
  };
}

/** Writes the answer straight to the connection, and ends it. Never throws. */
export function refuseConnection(socket: Socket, answer: HttpResponse, log: Log): void {
  const requestId = randomUUID();
  const { status, body } = answer;
  const headers = [...securityHeaders, ...answer.headers, 'content-security-policy', noPage];
  headers.push('x-request-id', requestId, 'content-length', String(Buffer.byteLength(body)));
  let text = `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (let at = 0; at < headers.length; at += 2) text += `${headers[at] ?? ''}: ${headers[at + 1] ?? ''}\r\n`;

  const cut = setTimeout(() => {
    socket.destroy();
  }, drainTimeoutMs);
  socket.once('close', () => {
    clearTimeout(cut);
  });
  socket.end(`${text}\r\n${body}`);
  log.info({ requestId, method: null, path: null, status }, 'request');
}
