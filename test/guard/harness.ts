// Starts a guard, with a fake Hufu and with servers behind it whose answers a test decides.

import { createServer } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';

import { type GuardOptions } from '../../src/guard/forward.js';
import { createGuard, type Guard } from '../../src/guard/guard.js';
import { createLog } from '../../src/observability/log.js';
import { type HostContext } from '../../src/remote/context.js';
import { type RemoteOutcome } from '../../src/remote/outcome.js';
import { listen } from '../support/listen.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

const portOf = (url: string) => Number(new URL(url).port);

/** Starts a server behind whose connections a function serves, and gives its port. */
export async function startTcp(serve: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
    serve(socket);
  });
  const url = await listen(server);
  whenFileEnds(() => {
    for (const socket of open) socket.destroy();
    return Promise.resolve();
  });
  return portOf(url);
}

/** Starts a server behind whose requests a function serves, and gives its port. */
export async function startHttp(serve: Parameters<typeof createServer>[1]): Promise<number> {
  return portOf(await listen(createServer(serve)));
}

/** A Hufu for which every request is anonymous. */
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

/** Starts a guard in front of a port, and stops it when the file ends. */
export async function startGuard(
  behind: number,
  more: Partial<Omit<GuardOptions, 'upstream'>> = {},
): Promise<StartedGuard> {
  const upstream = new URL(`http://127.0.0.1:${String(behind)}`);
  const guard = createGuard({ hufu: noTokens, upstream, log: createLog('silent', false), ...more });
  whenFileEnds(() => guard.stop(0));
  const url = await listen(guard.server);
  return { ...guard, port: portOf(url), url };
}

/**
 * Floods a websocket with frames of 125 bytes, 2,000 a batch, until none has moved for more than a second.
 *
 * @param send sends one frame, and calls back when it has been written
 * @returns the rest of the flood, which ends with the socket
 * @throws when nothing stops the flood within 320,000 frames
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
