// How much of a flood Node's parser reads on a connection that has been cut.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

import { expect, it } from 'vitest';

import { StoppableRequest } from '../../src/http/connections.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

it('a cut connection MUST NOT have the requests parsed that came with the one it was cut at', async () => {
  let parsed = 0;
  class CountedRequest extends StoppableRequest {
    constructor(socket: Socket) {
      super(socket);
      parsed += 1;
    }
  }
  const server = createServer({ IncomingMessage: CountedRequest, requireHostHeader: false });
  server.on('request', ({ socket }, response) => {
    if (parsed === 10) socket.destroy();
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  whenFileEnds(() => {
    server.close();
    return Promise.resolve();
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined).resume();
  // One read of the server holds all of them.
  client.write('GET / HTTP/1.1\r\n\r\n'.repeat(3_000));
  await once(client, 'close');
  expect(parsed).toBe(11);
  // Node keeps parsers for later connections: this one takes requests again.
  const later = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  later.write('GET / HTTP/1.1\r\nConnection: close\r\n\r\n');
  expect((await later.toArray()).join('')).toMatch(/^HTTP\/1\.1 200 /);
});
