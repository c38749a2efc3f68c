// Subscriptions over websockets, by the protocol graphql-transport-ws. Apollo Server has no part in it, so this file enforces
// the rules that hold over HTTP: authentication, the limits of documents, and the texts of errors.

import { type GraphQLError, type GraphQLSchema } from 'graphql';
import { makeServer } from 'graphql-ws';

import { type AccountServices } from '../../auth/services.js';
import { createKeyedCounter } from '../../common/networks.js';
import { type Log } from '../../observability/log.js';
import { authenticate } from '../../sessions/authenticate.js';
import { type Session } from '../../sessions/types.js';
import { bearerOf } from '../../tokens/bearer.js';
import { type Caller, createSubscriptionContext } from '../context.js';
import { badUserInput, rejection } from '../errors.js';
import { type FormatError } from '../formatError.js';
import { logUnexpected } from '../telemetry.js';
import { type DocumentCheck } from '../validation/documents.js';
import { closeCodes, SubscriptionSocket, type SocketTransport } from './socket.js';

/** An open websocket, as the floor above drives it. */
export interface SubscriptionConnection {
  /** Tells whether the client has presented the token of a live session. */
  isSignedIn(): boolean;
  /** Takes a message in; rejects for a bug. */
  message(text: string): Promise<void>;
  /** The connection is gone. */
  closed(code: number, reason: string): Promise<void>;
}

export interface SubscriptionServer {
  /** Serves a websocket that has just been opened. Its token comes in the connection's parameters. */
  opened(transport: SocketTransport, caller: Omit<Caller, 'bearer'>): SubscriptionConnection;
}

export interface SubscriptionServerOptions {
  readonly services: AccountServices;
  readonly schema: GraphQLSchema;
  readonly documents: DocumentCheck;
  readonly formatError: FormatError;
  readonly log: Log;
}

/** How long a websocket may take to send `connection_init`, in milliseconds. */
const initialisationMs = 5_000;

/** How many subscriptions one websocket may have, and how many websockets one session may have on one node. */
const maxSubscriptions = 16;
const maxSockets = 64;

export function createSubscriptionServer({
  services,
  schema,
  documents,
  formatError,
  log,
}: SubscriptionServerOptions): SubscriptionServer {
  const socketsOfSession = createKeyedCounter();

  const formatted = (errors: readonly GraphQLError[], { requestId }: Caller) => {
    logUnexpected(log, requestId, errors);
    return errors.map((error) => formatError(error.toJSON(), error));
  };

  /** Counts the websocket among its session's, and closes it when the session ends. */
  const begin = (socket: SubscriptionSocket, session: Session): boolean => {
    const { id } = session;
    if (socketsOfSession.of(id) >= maxSockets) {
      socket.transport.close(closeCodes.tooMany, 'Too many sockets of one session');
      return false;
    }
    socketsOfSession.add(id, 1);
    const unwatch = services.endWatcher.watch(session, (outcome) => {
      socket.end(outcome);
    });
    socket.release = () => {
      unwatch();
      socketsOfSession.add(id, -1);
    };
    return true;
  };

  const server = makeServer<Record<string, unknown>, SubscriptionSocket>({
    connectionInitWaitTimeout: initialisationMs,

    async onConnect(context) {
      const socket = context.extra;
      socket.context = context;
      socket.caller = { ...socket.caller, bearer: bearerOf(context) };
      const outcome = await authenticate(services, socket.caller.bearer);
      if (socket.isClosed) return false;
      if (outcome.kind === 'active') return begin(socket, outcome.session);
      if (outcome.kind === 'rejected') socket.transport.close(closeCodes.forbidden, outcome.reason);
      if (outcome.kind === 'unavailable')
        socket.transport.close(closeCodes.tryAgainLater, 'SERVICE_UNAVAILABLE');
      return outcome.kind === 'anonymous';
    },

    async onSubscribe(context, id, payload) {
      const socket = context.extra;
      if (Object.keys(context.subscriptions).length > maxSubscriptions) {
        return [badUserInput(`A websocket carries at most ${String(maxSubscriptions)} subscriptions.`)];
      }
      if (socket.caller.bearer === null) return [rejection({ kind: 'anonymous' })];
      const found = documents(payload);
      if (found.kind === 'refused') return found.errors;

      // The session is looked up once more: the watcher tells of an end only once this node has heard of it. A session
      // that has ended by now is no error: the subscription tells of just that, also where the watcher has heard of the
      // end and the look-up had no answer.
      const events = { sessionEnded: () => socket.sessionEnded(id) };
      const contextValue = await createSubscriptionContext(services, socket.caller, events);
      const { session } = contextValue;
      if (session.kind === 'rejected') socket.end(session);
      else if (session.kind !== 'active' && socket.ended === null) return [rejection(session)];
      const { operationName, variables } = payload;
      return { schema, document: found.document, operationName, variableValues: variables, contextValue };
    },

    onComplete(context, id) {
      context.extra.completed(id);
    },
    // A refusal before the execution has its final text. An error with a cause was thrown during the execution.
    onError: (context, _id, _payload, errors) =>
      errors.some(({ originalError }) => originalError !== undefined)
        ? formatted(errors, context.extra.caller)
        : undefined,
    onNext: (context, _id, _payload, _args, { data = null, errors }) =>
      errors === undefined ? undefined : { data, errors: formatted(errors, context.extra.caller) },
  });

  return {
    opened(transport, caller) {
      const socket = new SubscriptionSocket(transport, { ...caller, bearer: null });
      let take: (text: string) => Promise<void> = () => Promise.resolve();
      const protocolClosed = server.opened(
        {
          protocol: transport.protocol,
          send: (text) => transport.send(text),
          close: (code = 1000, reason = '') => {
            transport.close(code, reason);
          },
          onMessage: (listener) => {
            take = listener;
          },
        },
        socket,
      );
      return {
        isSignedIn: () => socket.release !== null,
        async message(text) {
          await take(text);
          // The close may have waited for a subscription that has been refused.
          socket.closeIfAllTold();
        },
        async closed(code, reason) {
          socket.closed();
          await protocolClosed(code, reason);
        },
      };
    },
  };
}
