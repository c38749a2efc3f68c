// Finds a TCP port that nothing listens on, below the kernel's range of ephemeral ports: no outgoing connection takes it.

import { once } from 'node:events';
import { createServer } from 'node:net';

const lowest = 20_000;
const highest = 32_767;

/** @throws when no port could be found in a hundred tries */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    if (await isFree(port)) return port;
  }
  throw new Error('no free port');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
