// Opens the port.

import { once } from 'node:events';
import { type Server } from 'node:http';

/**
 * Resolves to the URL under which the server can be reached from this machine, without a slash at the end. Rejects
 * with Node's error when the port is taken or may not be used.
 *
 * @param port 0 has the system choose a free one
 * @param host the address to listen on; `0.0.0.0` or `::` for every address of the machine
 */
export async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('listening on no port');
  return `http://${reachable(host)}:${String(bound.port)}`;
}

/** A host that stands for every address of the machine is no address to go to. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
