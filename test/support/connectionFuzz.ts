// Random connections to a server, for fuzz tests: each sends random pieces and ends at a random moment. The same seed makes
// the same connection.

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

/** Writes a request for a change of the protocol (RFC 9110 section 7.8). */
export const upgradeRequest = (upgrade: string, path = '/healthz', more = '') =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: ${upgrade}\r\n${more}\r\n`;
export const websocketHeaders =
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n';
/** A websocket frame: a ping without payload, masked with zeros. */
export const emptyPing = '\x89\x80\x00\x00\x00\x00';

const endings: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.destroy(),
  (socket) => socket.end(),
  (socket) => {
    socket.end();
    setImmediate(() => socket.resetAndDestroy());
  },
];

/** The moments at which a connection ends: at once, a few turns later, or after the first bytes of the response. */
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
 * Opens connections, each of which sends some of the pieces and ends at a random moment. Resolves when all have closed and
 * the server has accepted them all: a busy server accepts a connection after its client has left.
 */
export async function fuzzConnections(
  port: number,
  pieces: readonly string[],
  { count, atATime }: { readonly count: number; readonly atATime: number },
): Promise<void> {
  let seed = 0;
  const work = async () => {
    while (seed < count) await fuzzConnection(port, pieces, (seed += 1));
  };
  await Promise.all(Array.from({ length: atATime }, work));
  // Connections are accepted in the order in which they came, so this one ends after the others have begun.
  const last = connect(port, '127.0.0.1', () => last.end('garbage\r\n\r\n'));
  await once(last.resume(), 'close');
}

/** Opens one connection and resolves when it has closed, after 100 ms at the latest whatever the server does. */
function fuzzConnection(port: number, pieces: readonly string[], seed: number): Promise<void> {
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
