// Servers of a test on free ports of this machine.

import { once } from 'node:events';
import { Server as HttpServer } from 'node:http';
import { type AddressInfo, type Server } from 'node:net';

import { whenFileEnds } from './whenFileEnds.js';

/** Listens on a free port of 127.0.0.1 until the test file ends, and gives the URL. */
export async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  whenFileEnds(() => {
    if (server instanceof HttpServer) server.closeAllConnections();
    server.close();
    return Promise.resolve();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
