// Sends requests over some connections at once, each its next when the last is answered, and reads no more of an answer
// than where it ends.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { type Shot } from './requests.js';

/** How many answers there were, by their status; 0 for those that were not waited for. */
export type StatusCounts = Map<string, number>;

/**
 * Resolves when all have been sent, and answered where that was waited for.
 *
 * @param next makes the request of this number
 * @throws when the server leaves a request without an answer
 */
export async function shoot(port: number, connections: number, count: number, next: (n: number) => Shot) {
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
  // Another listener is added for each answer; this one stays, for what comes in between.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket.setNoDelay(true);
}

/** The status of the next answer, once all of it is here. */
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
