// What stands at both sides of a guard: a Hufu of a few lines, and a server behind that says what it is told to.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net';

import { type GuardOptions } from '../../src/guard/forward.js';
import { createGuard, type Guard } from '../../src/guard/guard.js';
import { createLog } from '../../src/observability/log.js';
import { type HostContext } from '../../src/remote/context.js';
import { type RemoteOutcome } from '../../src/remote/outcome.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

/** Listens on a free port until the file ends. */
export async function portOf(server: TcpServer): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server behind of which every connection is served by a function. */
export async function startTcp(serve: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
    serve(socket);
  });
  whenFileEnds(() => {
    for (const socket of open) socket.destroy();
    server.close();
    return Promise.resolve();
  });
  return portOf(server);
}

/** A server behind whose requests are served by a function. */
export async function startHttp(serve: Parameters<typeof createServer>[1]): Promise<number> {
  const server: Server = createServer(serve);
  whenFileEnds(() => {
    server.closeAllConnections();
    server.close();
    return Promise.resolve();
  });
  return portOf(server);
}

/** A Hufu that knows no token. */
export const noTokens: GuardOptions['hufu'] = {
  context: () => Promise.resolve(contextOf({ kind: 'anonymous' })),
  watch: () => () => undefined,
  ws: {
    onConnect: () => Promise.resolve(true),
    context: () => Promise.resolve(contextOf({ kind: 'anonymous' })),
    onClose: () => undefined,
  },
};

export function contextOf(session: RemoteOutcome): HostContext {
  return { hufu: { session }, user: null } as unknown as HostContext;
}

export interface StartedGuard extends Guard {
  readonly port: number;
  readonly url: string;
}

/** Starts a guard in front of a port, which stops when the file ends. */
export async function startGuard(
  behind: number,
  more: Partial<Omit<GuardOptions, 'upstream'>> = {},
): Promise<StartedGuard> {
  const upstream = new URL(`http://127.0.0.1:${String(behind)}`);
  const guard = createGuard({ hufu: noTokens, upstream, log: createLog('silent', false), ...more });
  whenFileEnds(() => guard.stop(0));
  const port = await portOf(guard.server);
  return { ...guard, port, url: `http://127.0.0.1:${String(port)}` };
}

/**
 * Floods a websocket with frames of 125 bytes, 2,000 a batch, until none has moved for more than a second.
 *
 * @param send sends one frame, and calls back when it has been written
 * @returns the rest, which ends with the socket
 * @throws where nothing stops the flood: 320,000 frames have gone
 */
export async function floodUntilStopped(
  send: (bytes: Buffer, written?: () => void) => void,
): Promise<{ readonly rest: Promise<void> }> {
  const [bytes, inBatch, all] = [Buffer.alloc(125), 2_000, 160];
  let batches = 0;
  const flood = async () => {
    for (; batches < all; batches += 1)
      await new Promise<void>((resolve) => {
        for (let count = 1; count < inBatch; count += 1) send(bytes);
        send(bytes, resolve);
      });
  };
  const rest = flood();
  for (let before = -1, still = 0; still < 4 && batches < all;) {
    still = batches > before ? 0 : still + 1;
    before = batches;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  if (batches >= all) throw new Error('nothing stops the flood');
  return { rest };
}
