// Answers a request that offers another protocol than websockets as if it had offered none.

import { type IncomingMessage, type Server } from 'node:http';
import { type Duplex } from 'node:stream';

/** Headers that are about the offer, or about this connection with it. */
const offers = new Set(['upgrade', 'connection', 'http2-settings']);

/**
 * Has the server read a request once more, without its offer to go on in another protocol. Some clients offer
 * `upgrade: h2c` by default. RFC 9110 section 7.8 lets a server ignore the offer; Node does not, once there is a
 * listener for upgrades (from 24.9 on its option `shouldUpgradeCallback` can).
 *
 * @param head the bytes after the request's headers that have been read already
 */
export function ignoreUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method = '', url = '', httpVersion, rawHeaders, headers } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (!offers.has(name.toLowerCase())) text += `${name}: ${rawHeaders[at + 1] ?? ''}\r\n`;
  }
  if (/\bclose\b/i.test(headers.connection ?? '')) text += 'connection: close\r\n';
  // In two pieces: one read may hold a thousand such requests, and each would copy all that follow it.
  socket.unshift(head);
  // Node reads headers as Latin-1, so they are written as Latin-1.
  socket.unshift(Buffer.from(`${text}\r\n`, 'latin1'));
  server.emit('connection', socket);
}
