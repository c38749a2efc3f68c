// Sends raw requests over several connections at once. A connection sends its next request after the response to the last, of
// which the client reads only the status and the length.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { type RawRequest } from './requestMix.js';

/** The number of responses by status; 0 stands for requests that the client aborted. */
export type StatusCounts = Map<string, number>;

/**
 * Resolves when all requests have been sent, and answered unless they are aborted.
 *
 * @param next makes the request of this number
 * @throws when the server ends a connection before its response
 */
export async function sendRequests(
  port: number,
  connections: number,
  count: number,
  next: (n: number) => RawRequest,
) {
  const counts: StatusCounts = new Map();
  let sent = 0;
  const work = async () => {
    let socket: Socket | null = null;
    while (sent < count) {
      const { bytes, then } = next(sent);
      sent += 1;
      socket ??= await dial(port);
      socket.write(bytes);
      const status = then === 'aborted' ? '0' : await answer(socket);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (then === 'answered') continue;
      socket.destroy();
      socket = null;
    }
    socket?.destroy();
  };
  await Promise.all(Array.from({ length: connections }, work));
  return counts;
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  // This listener stays between the responses, when no other listens.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket.setNoDelay(true);
}

/** Resolves to the status of the next response, once all of it has arrived. */
function answer(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
      if (text.length >= head + 4 + length) settle(text.slice(9, 12));
    };
    const settle = (status: string | null) => {
      socket.off('data', read).off('close', end);
      if (status === null) reject(new Error(`no answer, but: ${text}`));
      else resolve(status);
    };
    const end = () => {
      settle(null);
    };
    socket.on('data', read).on('close', end);
  });
}
