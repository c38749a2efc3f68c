// Servers of a test on ports of the loopback interface.

import { once } from 'node:events';
import { Server as HttpServer } from 'node:http';
import { type AddressInfo, type Server } from 'node:net';

import { whenFileEnds } from './whenFileEnds.js';

/** Listens until the test file ends, and returns the URL. */
export async function listen(server: Server, port = 0): Promise<string> {
  await once(server.listen(port, '127.0.0.1'), 'listening');
  whenFileEnds(() => {
    if (server instanceof HttpServer) server.closeAllConnections();
    server.close();
    return Promise.resolve();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
