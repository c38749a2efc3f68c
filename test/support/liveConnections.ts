// Connections that do whatever a client can, at every moment: the same ones for the same seed.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Mulberry32: the same numbers for the same seed. */
export function random(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, below: (bound: number) => Math.floor(next() * bound) };
}

/** A request that offers to go on in another protocol. */
export const offer = (upgrade: string, path = '/healthz', more = '') =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: ${upgrade}\r\n${more}\r\n`;
export const websocket = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n';
/** An empty ping. */
export const frame = '\x89\x80\x00\x00\x00\x00';

const endings: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.destroy(),
  (socket) => socket.end(),
  (socket) => {
    socket.end();
    setImmediate(() => socket.resetAndDestroy());
  },
];

/** When the connection is ended: at once, a few turns later, or when something has come back. */
const moments: readonly ((socket: Socket, act: () => void) => void)[] = [
  (_socket, act) => {
    act();
  },
  (_socket, act) => setImmediate(act),
  (_socket, act) => setImmediate(() => setImmediate(act)),
  (_socket, act) => setTimeout(act, 1),
  (socket, act) => socket.once('data', act),
];

/**
 * Opens connections, each with some of the pieces as its text and an end at a random moment. Resolves when the last one
 * has closed, and the server has accepted them all: a busy one does so after a client has left.
 */
export async function liveAll(
  port: number,
  pieces: readonly string[],
  { count, atATime }: { readonly count: number; readonly atATime: number },
): Promise<void> {
  let seed = 0;
  const work = async () => {
    while (seed < count) await live(port, pieces, (seed += 1));
  };
  await Promise.all(Array.from({ length: atATime }, work));
  // Connections are accepted in the order in which they came, so this one ends after the others have begun.
  const last = connect(port, '127.0.0.1', () => last.end('garbage\r\n\r\n'));
  await once(last.resume(), 'close');
}

/** One connection from its opening to its end, which comes soon whatever the server does. */
function live(port: number, pieces: readonly string[], seed: number): Promise<void> {
  const { below, next } = random(seed);
  const text = Array.from({ length: 1 + below(4) }, () => pieces[below(pieces.length)] ?? '').join('');
  const cut = next() < 0.2 ? below(text.length) : text.length;
  const end = endings[below(endings.length)];
  const moment = moments[below(moments.length)];
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), 100);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on('error', () => undefined);
    if (next() < 0.8) socket.resume();
    socket.once('connect', () => {
      socket.write(Buffer.from(text.slice(0, cut), 'latin1'));
      moment?.(socket, () => end?.(socket));
    });
  });
}
