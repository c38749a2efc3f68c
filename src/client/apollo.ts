// The entry `hufu/client/apollo`: a session in Apollo Client 3 or 4.

import { ApolloLink, HttpLink, type InMemoryCacheConfig } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { type DocumentNode, Kind, OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

import { possibleTypes } from './generated.js';
import { platform } from './platform.js';
import { type HufuSession } from './hufuSession.js';
import { tokenOf } from './store.js';
import { prefixTypes } from './typePrefix.js';
import { answerMs, beatMs, pauseMs, rejectedCode } from './watchEnd.js';

/** The settings of `InMemoryCache`. Without the possible types it drops the fields of `... on Problem`. */
export const cacheSettings = {
  possibleTypes,
  typePolicies: {
    User: {
      fields: {
        sessions: { merge: false },
        history: relayStylePagination(),
        securityEvents: relayStylePagination(),
      },
    },
  },
} satisfies InMemoryCacheConfig;

/** The same settings for a server whose option `typePrefix` is set. */
export function prefixedCacheSettings(typePrefix: string): InMemoryCacheConfig {
  return {
    possibleTypes: prefixTypes(possibleTypes, typePrefix),
    typePolicies: prefixTypes(cacheSettings.typePolicies, typePrefix),
  };
}

/**
 * Sends queries and mutations over HTTP, subscriptions over a websocket, both with the session's token. It takes the
 * token of a mutation that opens a session, and learns from `UNAUTHENTICATED`.
 */
export function sessionLink(session: HufuSession): ApolloLink {
  return ApolloLink.split(
    isSubscription,
    subscriptionLink(session),
    new HttpLink({ uri: session.url, fetch: session.fetch }),
  );
}

/** An operation of Apollo Client 3 has no `operationType`. */
function isSubscription({ query }: { readonly query: DocumentNode }): boolean {
  return query.definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === OperationTypeNode.SUBSCRIPTION,
  );
}

/** Makes the link of subscriptions. Its websocket opens with the first one: a server that renders pages has none. */
function subscriptionLink(session: HufuSession): ApolloLink {
  const connect = () => {
    let deadline: ReturnType<typeof setTimeout> | undefined;
    const disarm = () => {
      clearTimeout(deadline);
    };
    /** A connection that does not answer in time is dead, since the network may have changed or the device slept. */
    const arm = (ms: number) => {
      disarm();
      deadline = setTimeout(() => {
        client.terminate();
      }, ms);
    };
    const client = createClient({
      url: session.webSocketUrl,
      async connectionParams() {
        await session.settled();
        const token = tokenOf(session.getSnapshot());
        return token === null ? {} : { authorization: `Bearer ${token}` };
      },
      keepAlive: beatMs,
      on: {
        connecting() {
          arm(beatMs);
        },
        ping(isReceived) {
          if (!isReceived) arm(answerMs);
        },
        message: disarm,
        closed: disarm,
      },
      retryAttempts: Infinity,
      // The library's own pause doubles without end.
      retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, pauseMs(retries))),
      // The server rejects a token that the session has replaced, or is about to replace, too.
      shouldRetry: (event) => codeOf(event) !== rejectedCode || session.getSnapshot().status === 'signedIn',
    });
    let token = tokenOf(session.getSnapshot());
    session.subscribe(() => {
      const next = tokenOf(session.getSnapshot());
      // The server itself ends what belongs to a session that is over.
      if (next === null || next === token) return;
      token = next;
      // Connects again as the one who is signed in now.
      client.terminate();
    });
    return new GraphQLWsLink(client);
  };
  let link: GraphQLWsLink | undefined;
  return new ApolloLink((operation) => {
    if (platform.WebSocket === undefined) throw new Error('This platform has no WebSocket.');
    return (link ??= connect()).request(operation);
  });
}

function codeOf(event: unknown): unknown {
  return (Object(event) as { readonly code?: unknown }).code;
}

/**
 * Empties the client's cache whenever another person signs in, or a person signs out: the next one must not see what the
 * last one saw. The returned function ends that.
 */
export function clearStoreOnChange(
  client: { readonly clearStore: () => Promise<unknown> },
  session: HufuSession,
): () => void {
  let person = personOf(session);
  return session.subscribe(() => {
    const next = personOf(session);
    if (next !== null && next === person) return;
    person = next;
    client.clearStore().catch(() => undefined);
  });
}

/** Null while signed out, and where the user is not known: that is never the same person as before. */
function personOf(session: HufuSession): string | null {
  const state = session.getSnapshot();
  return state.status === 'signedIn' ? state.userId : null;
}
