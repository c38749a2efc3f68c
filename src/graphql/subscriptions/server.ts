// Subscriptions over sockets, by the protocol graphql-transport-ws. Apollo has no part in it, so everything that holds
// over HTTP is seen to here: whose token it is, what may be asked, and what an error may tell.

import { type GraphQLError, type GraphQLSchema } from 'graphql';
import { makeServer } from 'graphql-ws';

import { type AccountServices } from '../../auth/services.js';
import { type Log } from '../../observability/log.js';
import { authenticate } from '../../sessions/authenticate.js';
import { type Session } from '../../sessions/types.js';
import { parseBearer } from '../../tokens/bearer.js';
import { type AnsweredError, logUnexpected } from '../formatError.js';
import { type Asker, createLiveContext } from '../context.js';
import { badUserInput, rejection } from '../errors.js';
import { closeCodes, LiveSocket, type SocketContext, type Transport } from './socket.js';
import { type SocketDocuments } from './documents.js';
import { createSocketsBySession } from './socketsBySession.js';

/** An open socket, as the floor above drives it. */
export interface LiveConnection {
  /** Whether it has presented a token that stood. */
  isSignedIn(): boolean;
  /** Takes a message in; rejects when that showed a bug. */
  message(text: string): Promise<void>;
  /** The connection is gone. */
  closed(code: number, reason: string): Promise<void>;
}

export interface LiveServer {
  /** Takes a socket over that has been opened; the bearer of the asker is of no account here. */
  opened(transport: Transport, asker: Omit<Asker, 'bearer'>): LiveConnection;
}

export interface LiveServerOptions {
  readonly services: AccountServices;
  readonly schema: GraphQLSchema;
  readonly documents: SocketDocuments;
  readonly answeredError: AnsweredError;
  readonly log: Log;
}

/** How long a socket may take to present itself, in milliseconds. */
const initialisationMs = 5_000;

/** The most subscriptions of one socket, and the most sockets of one session on one node. */
const maxSubscriptions = 16;
const maxSockets = 64;

export function createLiveServer({
  services,
  schema,
  documents,
  answeredError,
  log,
}: LiveServerOptions): LiveServer {
  const sockets = createSocketsBySession(maxSockets);

  const answered = (errors: readonly GraphQLError[], { requestId }: Asker) => {
    logUnexpected(log, requestId, errors);
    return errors.map((error) => answeredError(error.toJSON(), error));
  };

  /** Counts the socket among its session's, and closes it when the session ends. */
  const begin = (socket: LiveSocket, session: Session): boolean => {
    const countOff = sockets.add(session.id);
    if (countOff === null) {
      socket.transport.close(closeCodes.tooMany, 'Too many sockets of one session');
      return false;
    }
    const unwatch = services.endWatcher.watch(session, (outcome) => {
      socket.end(outcome);
    });
    socket.release = () => {
      unwatch();
      countOff();
    };
    return true;
  };

  const server = makeServer<Record<string, unknown>, LiveSocket>({
    connectionInitWaitTimeout: initialisationMs,

    async onConnect(context) {
      const socket = context.extra;
      socket.context = context;
      socket.asker = { ...socket.asker, bearer: bearerOf(context) };
      const outcome = await authenticate(services, socket.asker.bearer);
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
        return [badUserInput(`A socket carries ${String(maxSubscriptions)} subscriptions at the most.`)];
      }
      if (socket.asker.bearer === null) return [rejection({ kind: 'anonymous' })];
      const found = documents(payload);
      if (found.kind === 'refused') return found.errors;

      // The token is looked at once more: the watch tells of an end only as soon as the node has heard of it.
      const live = { sessionEnded: () => socket.sessionEnded(id) };
      const contextValue = await createLiveContext(services, socket.asker, live);
      if (contextValue.session.kind !== 'active') {
        if (contextValue.session.kind === 'rejected') socket.end(contextValue.session);
        return [rejection(contextValue.session)];
      }
      const { operationName, variables } = payload;
      return { schema, document: found.document, operationName, variableValues: variables, contextValue };
    },

    onComplete(context, id) {
      context.extra.completed(id);
    },
    // What was refused before it began has its final text; an error with a cause came from under way.
    onError: (context, _id, _payload, errors) =>
      errors.some(({ originalError }) => originalError !== undefined)
        ? answered(errors, context.extra.asker)
        : undefined,
    onNext: (context, _id, _payload, _args, { data = null, errors }) =>
      errors === undefined ? undefined : { data, errors: answered(errors, context.extra.asker) },
  });

  return {
    opened(transport, asker) {
      const socket = new LiveSocket(transport, { ...asker, bearer: null });
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
        message: (text) => take(text),
        async closed(code, reason) {
          socket.closed();
          await protocolClosed(code, reason);
        },
      };
    },
  };
}

/** The token in the parameters; one that is there in any other form than a text is refused like a forged one. */
function bearerOf({ connectionParams }: SocketContext): string | null {
  const given = Object.entries(connectionParams ?? {}).filter(
    ([name]) => name.toLowerCase() === 'authorization',
  );
  if (given.length === 0) return null;
  const [credentials] = given.map(([, value]) => value);
  if (given.length === 1 && credentials == null) return null;
  return given.length === 1 && typeof credentials === 'string' ? parseBearer(credentials.trim()) : '';
}
