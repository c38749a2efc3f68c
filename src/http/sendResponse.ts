// Writes an answer to its connection in one piece, and sees to what the client is still sending.

import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type HttpResponse } from './responses.js';
import { type HttpRequest } from './route.js';
import { maxBodyBytes } from './readBody.js';
import { noPage, securityHeaders } from './securityHeaders.js';

export interface SendOptions {
  /** Headers of this very connection, names and values in turn. */
  readonly headers: readonly string[];
  /** The connection takes no further request. */
  readonly last: boolean;
}

/** False when the client has gone and nothing was written. Throws for a header that cannot be sent. */
export function sendResponse(
  { request, response, requestId, pending }: HttpRequest,
  answer: HttpResponse,
  options: SendOptions,
): boolean {
  if (response.destroyed || request.socket.destroyed) return false;
  const { status, body } = answer;
  const lingers = isUnread(request) && !endsSoon(request);

  const headers = [
    ...securityHeaders,
    ...options.headers,
    ...answer.headers,
    'content-security-policy',
    answer.policy ?? noPage,
    'x-request-id',
    requestId,
  ];
  const bytes = Buffer.byteLength(body);
  if (status !== 204) headers.push('content-length', String(bytes));
  if (options.last || lingers) headers.push('connection', 'close');
  response.writeHead(status, headers);
  if (lingers) drain(request, response, body);
  else response.end(body);
  pending.isAnswered = true;
  // It waits for an earlier answer, or for the client to read.
  if (response.socket === null || response.socket.writableLength > 0) pending.hold(headBytes + bytes);
  return true;
}

/** What the first line and the headers of an answer take, about. */
const headBytes = 1_024;

function isUnread(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Whether the rest of the body is sure to come, and short: it is read then, and the connection used again. */
function endsSoon(request: IncomingMessage): boolean {
  const { expect, 'content-length': length } = request.headers;
  return expect === undefined && length !== undefined && Number(length) <= maxBodyBytes;
}

const drainTimeoutMs = 1_000;
const maxDrainBytes = 8_388_608;

/**
 * Ends the connection only when the client has stopped sending, or soon after. Closing a connection with unread
 * bytes resets it, and the client might lose the answer that says what was wrong.
 */
function drain(request: IncomingMessage, response: ServerResponse, body: string): void {
  let read = 0;
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, drainTimeoutMs);
  response.write(body);
  request.on('data', (chunk: Uint8Array) => {
    read += chunk.length;
    if (read > maxDrainBytes) end();
  });
  request.once('end', end).once('close', end).resume();
}
