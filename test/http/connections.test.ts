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
  server.on('request', ({ socket }) => {
    if (parsed === 10) socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  whenFileEnds(() => {
    server.close();
    return Promise.resolve();
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  // One read of the server holds all of them.
  client.write('GET / HTTP/1.1\r\n\r\n'.repeat(3_000));
  await once(client, 'close');
  expect(parsed).toBe(11);
});
