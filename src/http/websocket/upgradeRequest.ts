// Requests that offer to go on in another protocol: websockets are taken, every other offer is ignored.

import { type IncomingMessage, type Server } from 'node:http';
import { type Socket } from 'node:net';
import { type Duplex } from 'node:stream';

import { hasBody } from '../requestHeaders.js';

/** Tells whether a request asks for a websocket, and for nothing else. */
export const offersWebsocket = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

/** Whether Node reads the body of a request that offers another protocol (nodejs/node#60016): earlier versions leave it unread. */
const readsBodies = Number.parseInt(process.versions.node, 10) >= 25;

/**
 * Tells whether Node is to hand the connection over: to a websocket, or to {@link ignoreUpgrade}, which cannot give back a
 * body that has been read. Every other request is answered as it is.
 */
export const isHandedOver = (request: IncomingMessage): boolean =>
  offersWebsocket(request) || !readsBodies || !hasBody(request.headers);

/**
 * Returns the connection of a request to upgrade, or of a CONNECT. Node 26 hands over a stream around it while the request's
 * body is on its way, and that stream throws the connection's errors where nothing listens for them.
 */
export function connectionOf(request: IncomingMessage, handedOver: Duplex): Socket {
  const { socket } = request;
  if (handedOver !== socket) handedOver.on('error', () => undefined);
  return socket;
}

/** Headers that are about the offer, or about this connection with it. */
const offers = new Set(['upgrade', 'connection', 'http2-settings']);

/**
 * Has the server read a request once more, without its offer to go on in another protocol. Some clients offer
 * `upgrade: h2c` by default. RFC 9110 section 7.8 lets a server ignore the offer; Node before 24.9 does not, once there is
 * a listener for upgrades, and later versions drop what they have read behind such a request.
 *
 * @param head the bytes after the request's headers that have been read already
 */
export function ignoreUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
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
