// A client may offer to go on in another protocol, as some do by default with `upgrade: h2c`. RFC 9110 section 7.8 lets
// a server ignore the offer; Node does not, once anybody listens for upgrades.

import { type IncomingMessage, type Server } from 'node:http';
import { type Socket } from 'node:net';

/** Headers that are about the offer, or about this connection with it. */
const offers = new Set(['upgrade', 'connection', 'http2-settings']);

/**
 * Has the server read the request once more, without the offer.
 *
 * @param head what of the body has been read already
 */
export function ignoreUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { method = '', url = '', httpVersion, rawHeaders, headers } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (!offers.has(name.toLowerCase())) text += `${name}: ${rawHeaders[at + 1] ?? ''}\r\n`;
  }
  if (/\bclose\b/i.test(headers.connection ?? '')) text += 'connection: close\r\n';
  // Node reads headers as Latin-1, so that is what they have to be written as.
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
