// The limit of websockets for each network.

import { once } from 'node:events';

import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { serve } from './harness.js';

const subscriptions = {
  opened: () => ({
    isSignedIn: () => false,
    message: () => Promise.resolve(),
    closed: () => Promise.resolve(),
  }),
};

test('a network at its limit of websockets is refused, others are accepted, and it is accepted again after a close', async () => {
  const { url } = await serve({ subscriptions, trustProxy: 1, limits: { maxSocketsOfNetwork: 2 } });
  /** Resolves to the socket, or to the status of the refusal. */
  const open = (from: string) => {
    const socket = new WebSocket(url.replace('http', 'ws') + '/graphql', 'graphql-transport-ws', {
      headers: { 'x-forwarded-for': from },
    });
    return new Promise<WebSocket | number | undefined>((resolve) => {
      socket.on('error', () => undefined);
      socket.once('open', () => {
        resolve(socket);
      });
      socket.once('unexpected-response', (_request, { statusCode }) => {
        resolve(statusCode);
      });
    });
  };

  const [first] = [await open('2001:db8::1'), await open('2001:db8::2')];
  // The same /64.
  expect(await open('2001:db8::3')).toBe(503);
  expect(await open('192.0.2.1')).toBeInstanceOf(WebSocket);
  if (!(first instanceof WebSocket)) throw new Error('the first was refused');
  first.close();
  await once(first, 'close');
  await expect.poll(() => open('2001:db8::4')).toBeInstanceOf(WebSocket);
});
