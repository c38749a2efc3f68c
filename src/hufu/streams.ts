// Streams of a host that end with their session: the hooks for the websockets of graphql-ws, and the event of
// `sessionEnded` over any transport.

import { specifiedRules, validate, type ValidationRule } from 'graphql';

import { type AccountServices } from '../auth/services.js';
import { type SubscriptionEvents } from '../graphql/context.js';
import { rejection } from '../graphql/errors.js';
import {
  closeCodes,
  createEndedStream,
  type EndedStream,
  type SocketContext,
  SubscriptionSocket,
} from '../graphql/subscriptions/socket.js';
import { type Log } from '../observability/log.js';
import { authenticate } from '../sessions/authenticate.js';
import { type RejectedSession, type Session, type SessionOutcome } from '../sessions/types.js';
import { bearerOf } from '../tokens/bearer.js';
import { createHostContext, type HostContext } from './hostContext.js';
import { type HostRequest, type PlainRequest } from './hostRequest.js';
import { createStoppable, isStream } from './streamEnds.js';
import { type MaskValues } from './submittedValues.js';

/** The part of a connection of graphql-ws that the hooks use. */
export interface HostSocketContext extends Pick<SocketContext, 'connectionParams' | 'subscriptions'> {
  readonly extra: {
    readonly socket: { close(code?: number, reason?: string): void };
    readonly request: HostRequest;
  };
}

/**
 * Hooks for `useServer` of graphql-ws: `useServer({ schema, ...hufu.ws }, webSocketServer)`. The client's token is
 * `authorization` in the connection's parameters. When its session ends, on whichever node, every subscription is completed
 * and the socket closed with 4403 and the reason's name. A socket without a token stays open: each resolver decides.
 */
export interface SocketHooks {
  /** Validates documents by `hufu.validationRules` beside GraphQL's own rules, which are all that graphql-ws has. */
  readonly validate: typeof validate;
  onConnect(socket: HostSocketContext): Promise<boolean>;
  context(socket: HostSocketContext, id: string): Promise<HostContext>;
  onOperation(
    socket: HostSocketContext,
    id: string,
    payload: unknown,
    args: unknown,
    result: unknown,
  ): AsyncIterableIterator<never> | undefined;
  onComplete(socket: HostSocketContext, id: string): void;
  onClose(socket: HostSocketContext): void;
}

export interface SocketParts {
  readonly rules: readonly ValidationRule[];
  readonly mask: MaskValues;
  readonly log: Log;
}

export function createSocketHooks(
  services: AccountServices,
  read: (request: HostRequest) => PlainRequest,
  { rules, mask, log }: SocketParts,
): SocketHooks {
  const sockets = new WeakMap<HostSocketContext, SubscriptionSocket>();

  return {
    validate: (schema, document, given = specifiedRules, ...rest) =>
      validate(schema, document, [...given, ...rules], ...rest),

    async onConnect(context) {
      const request = { ...read(context.extra.request), bearer: bearerOf(context) };
      const transport = {
        close: (code: number, reason: string) => {
          context.extra.socket.close(code, reason);
        },
      };
      const socket = new SubscriptionSocket(transport, request);
      socket.context = context;
      sockets.set(context, socket);
      const outcome = await authenticate(services, request.bearer);
      if (socket.isClosed) return false;
      if (outcome.kind === 'active')
        socket.release = services.endWatcher.watch(outcome.session, (ended) => {
          socket.end(ended);
        });
      if (outcome.kind === 'rejected') transport.close(closeCodes.forbidden, outcome.reason);
      if (outcome.kind === 'unavailable') transport.close(closeCodes.tryAgainLater, 'SERVICE_UNAVAILABLE');
      return outcome.kind === 'active' || outcome.kind === 'anonymous';
    },

    async context(context, id) {
      const socket = sockets.get(context);
      if (socket === undefined) throw new Error('hufu.ws.onConnect must be called when the socket connects');
      const request = { ...socket.caller, isAbandoned: () => socket.isClosed };
      const events = { sessionEnded: () => socket.sessionEnded(id) };
      // The watcher calls only once this node has heard of an end; the row is read for each operation.
      const host = await createHostContext(services, request, () => events);
      if (host.hufu.session.kind === 'rejected') socket.end(host.hufu.session);
      return host;
    },

    onOperation(context, id, _payload, _args, result) {
      const socket = sockets.get(context);
      errorsIn(result).forEach(mask);
      if (socket === undefined || !isStream(result)) return undefined;
      const stream = createStoppable(result, onSourceError(log));
      if (socket.ended !== null && !socket.isTold(id)) void stream.return();
      return stream;
    },

    onComplete(context, id) {
      sockets.get(context)?.completed(id);
    },

    onClose(context) {
      sockets.get(context)?.closed();
    },
  };
}

function errorsIn(result: unknown): readonly unknown[] {
  const { errors } = Object(result) as { readonly errors?: unknown };
  return Array.isArray(errors) ? errors : [];
}

/** Makes the function that logs the error which the source of a subscription throws as it is stopped. */
export function onSourceError(log: Log): (error: unknown) => void {
  return (err) => {
    log.error({ err }, 'the source of a subscription failed as it was stopped');
  };
}

/** Makes `hufu.watch`. An error of one callback of the host must not keep other callbacks from being called. */
export function createWatch(
  { endWatcher }: Pick<AccountServices, 'endWatcher'>,
  log: Log,
): (session: Session, ended: (how: RejectedSession) => void) => () => void {
  return (session, ended) =>
    endWatcher.watch(session, (how) => {
      try {
        ended(how);
      } catch (err) {
        log.error({ err }, 'a callback of hufu.watch failed');
      }
    });
}

/** Makes the events for a request whose transport does not tell when a session ends: its stream watches the session itself. */
export function createWatchedEvents(
  services: Pick<AccountServices, 'endWatcher'>,
  session: SessionOutcome,
): SubscriptionEvents {
  return {
    sessionEnded() {
      if (session.kind === 'rejected') return createEndedStream(session);
      if (session.kind !== 'active') throw rejection(session);
      return watchedStream(services, session.session);
    },
  };
}

function watchedStream({ endWatcher }: Pick<AccountServices, 'endWatcher'>, session: Session): EndedStream {
  const stream = createEndedStream(null);
  const unwatch = endWatcher.watch(session, (outcome) => {
    stream.end(outcome);
  });
  return {
    ...stream,
    return() {
      unwatch();
      return stream.return?.() ?? Promise.resolve({ done: true, value: undefined });
    },
  };
}
