// Hooks for the websockets of graphql-ws in a host: a socket closes when its session ends, or when that cannot be known.

import { closeCodes } from '../graphql/subscriptions/socket.js';
import type { HostRequest } from '../hufu/hostRequest.js';
import { bearerOf, type SocketParameters } from '../tokens/bearer.js';
import type { HostContext } from './context.js';
import type { RemoteEnd, RemoteSession } from './outcome.js';

/** The part of a connection of graphql-ws that the hooks use. */
export interface HostSocketContext extends SocketParameters {
  readonly extra: {
    readonly socket: { close(code?: number, reason?: string): void };
    readonly request: HostRequest;
  };
}

/**
 * Hooks for `useServer` of graphql-ws: `useServer({ schema, ...hufu.ws }, webSocketServer)`. The client's token is
 * `authorization` in the connection's parameters. A socket whose session ends is closed with 4403 and the reason's name, one
 * whose session cannot be known with 1013. A socket without a token stays open: each resolver decides.
 */
export interface SocketHooks {
  onConnect(socket: HostSocketContext): Promise<boolean>;
  /** Asks again for each operation. */
  context(socket: HostSocketContext): Promise<HostContext>;
  onClose(socket: HostSocketContext): void;
}

interface SocketHooksParts {
  contextOf(request: HostRequest, bearer: string | null): Promise<HostContext>;
  watch(session: RemoteSession, ended: (how: RemoteEnd) => void): () => void;
}

export function createSocketHooks({ contextOf, watch }: SocketHooksParts): SocketHooks {
  /** The functions that end the watch of a socket. */
  const watches = new WeakMap<HostSocketContext, () => void>();
  const closed = new WeakSet<HostSocketContext>();

  const close = ({ extra }: HostSocketContext, how: RemoteEnd) => {
    if (how.kind === 'unavailable') extra.socket.close(closeCodes.tryAgainLater, 'SERVICE_UNAVAILABLE');
    else extra.socket.close(closeCodes.forbidden, how.reason);
  };

  const contextFor = (socket: HostSocketContext) => contextOf(socket.extra.request, bearerOf(socket));

  return {
    async onConnect(socket) {
      const { session } = (await contextFor(socket)).hufu;
      if (closed.has(socket)) return false;
      if (session.kind === 'anonymous') return true;
      if (session.kind !== 'active') {
        close(socket, session);
        return false;
      }
      const unwatch = watch(session.session, (how) => {
        close(socket, how);
      });
      watches.set(socket, unwatch);
      return true;
    },

    async context(socket) {
      const host = await contextFor(socket);
      if (host.hufu.session.kind === 'rejected') close(socket, host.hufu.session);
      return host;
    },

    onClose(socket) {
      closed.add(socket);
      watches.get(socket)?.();
    },
  };
}
