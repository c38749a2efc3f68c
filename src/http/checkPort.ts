// Whether a port can be listened on, found out before anything else is begun.

import { once } from 'node:events';
import { createServer } from 'node:net';

/** Rejects with Node's error when the port is taken or may not be used. A port of 0 is always free. */
export async function checkPort(port: number, host: string): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  server.listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
