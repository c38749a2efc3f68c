// Refuses bytes that cannot be read as a request: no HTTP, headers too large, or a request that took too long.

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';

import { type Log } from '../observability/log.js';
import { bodyRefused } from './body.js';
import { type Connections } from './connections.js';
import { errorResponses, type HttpResponse, noPage, securityHeaders } from './responses.js';

/** The answers by the code of the parser's error; any other code means that the bytes are no HTTP. */
const answers = new Map<string, HttpResponse>([
  ['ERR_HTTP_REQUEST_TIMEOUT', errorResponses.tooSlow],
  ['HPE_HEADER_OVERFLOW', errorResponses.headersTooLarge],
]);

/** How long the client has to read the answer before the connection is cut. */
const drainTimeoutMs = 500;

/**
 * Makes the handler of connections that the parser cannot read on. Never throws.
 *
 * - A request whose body was being read is answered in its turn, by its route.
 * - A request that is being executed gets its answer; then the connection ends.
 * - Otherwise there is no request, and the answer is written straight to the connection.
 */
export function createConnectionRefusal(connections: Connections, log: Log) {
  const refused = new WeakSet<Socket>();

  return (error: NodeJS.ErrnoException, socket: Socket): void => {
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
