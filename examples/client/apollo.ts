// #region documents
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { BehaviorSubject, catchError, concatMap, EMPTY, finalize, first, map, tap } from 'rxjs';

import { type SessionEndedSubscription } from './generated/graphql.js';
import { graphql } from './generated/index.js';
import generated from './generated/possibleTypes.js';

type Ended = SessionEndedSubscription['sessionEnded'];

/** The session that this client holds. Keep it in memory, or back `held` with `localStorage`. */
export interface Holder {
  held: { readonly token: string; readonly sessionId: string } | null;
}

const sessionEnded = graphql(`
  subscription SessionEnded {
    sessionEnded {
      sessionId
      reason
      at
      by {
        kind
        name
      }
    }
  }
`);

const whySignedOut = graphql(`
  query WhySignedOut {
    session {
      __typename
      ... on SignedOut {
        sessionId
        reason
        by {
          kind
          name
        }
      }
    }
  }
`);

// The compiler demands a sentence for every reason.
const sentences: Record<Ended['reason'], string> = {
  NO_TOKEN: 'Please sign in.',
  INVALID_TOKEN: 'Please sign in again.',
  EXPIRED: 'You were signed in for a long time. Please sign in again.',
  IDLE: 'You were signed out because you were away.',
  SUPERSEDED: 'You were signed out because you signed in on another device',
  LOGGED_OUT: 'You have signed out.',
  REVOKED: 'This device was signed out from another one.',
  PASSWORD_CHANGED: 'The password was changed. Please sign in with the new one.',
  ACCOUNT_DISABLED: 'This account is disabled.',
  ACCOUNT_DELETED: 'This account was deleted.',
};

export function sentenceFor({ reason, by }: Pick<Ended, 'reason' | 'by'>): string {
  const sentence = sentences[reason];
  return reason === 'SUPERSEDED' ? `${sentence}: ${by?.name ?? by?.kind ?? 'unknown'}.` : sentence;
}

// #endregion

// #region createApollo
/**
 * Creates the client. It keeps the token of every answer that has `token` and `session { id }`: register, login,
 * changePassword.
 *
 * @param signedOut shows the sentence and the sign-in form
 */
export function createApollo(
  url: string,
  holder: Holder,
  signedOut: (sentence: string) => void,
): ApolloClient {
  const bearer = () => (holder.held === null ? {} : { authorization: `Bearer ${holder.held.token}` });

  const authorize = new SetContextLink((previous) => ({
    headers: { ...(previous['headers'] as Record<string, string> | undefined), ...bearer() },
  }));

  // A mutation under way may return a new token: an end of the old session is shown only after its answer.
  const mutations = new BehaviorSubject(0);
  const settled = mutations.pipe(first((pending) => pending === 0));
  const keepToken = new ApolloLink((operation, forward) => {
    if (operation.operationType !== OperationTypeNode.MUTATION) return forward(operation);
    mutations.next(mutations.value + 1);
    return forward(operation).pipe(
      tap(({ data }) => {
        for (const payload of Object.values(data ?? {}) as (Partial<SignedIn> | null)[])
          if (payload?.token !== undefined && payload.session !== undefined)
            holder.held = { token: payload.token, sessionId: payload.session.id };
      }),
      finalize(() => {
        mutations.next(mutations.value - 1);
      }),
    );
  });

  const readReason = new ErrorLink(({ error, operation }) => {
    if (!CombinedGraphQLErrors.is(error)) return;
    const refused = error.errors.find(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED');
    const { headers } = operation.getContext() as { headers: { authorization?: string } };
    settled.subscribe(() => {
      // A token that was replaced in the meantime is refused: the new one is still good.
      const isHeld = headers.authorization === bearer().authorization;
      if (isHeld && refused?.extensions !== undefined)
        signedOut(sentenceFor(refused.extensions as unknown as Ended));
    });
  });

  // Created when it is first needed: a server that renders pages has no WebSocket on Node 20.
  let socket: GraphQLWsLink | undefined;
  const subscribe = new ApolloLink((operation) => {
    if (typeof WebSocket === 'undefined') return EMPTY;
    socket ??= new GraphQLWsLink(
      createClient({
        url: url.replace(/^http/, 'ws'),
        connectionParams: bearer,
        retryAttempts: Infinity,
        // Reconnect after every close but 4403, which says that the session has ended.
        shouldRetry: (event) => (event as { code?: unknown } | null)?.code !== 4403,
      }),
    );
    return socket.request(operation).pipe(
      concatMap((result) => settled.pipe(map(() => result))),
      catchError((error: unknown) =>
        settled.pipe(
          map(() => {
            throw error;
          }),
        ),
      ),
    );
  });

  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      subscribe,
      ApolloLink.from([readReason, keepToken, authorize, new HttpLink({ uri: url })]),
    ),
    // Without the possible types the cache drops the fields of `... on Problem`.
    cache: new InMemoryCache({ possibleTypes: generated.possibleTypes }),
  });
}

interface SignedIn {
  readonly token: string;
  readonly session: { readonly id: string };
}

// #endregion

// #region watchSession
/** Watches the held session and each one that replaces it. Call `client.clearStore()` before, and this after a sign-in. */
export function watchSession(client: ApolloClient, holder: Holder, signedOut: (sentence: string) => void) {
  let stop: () => void;

  const tell = (ended: Pick<Ended, 'sessionId' | 'reason' | 'by'>) => {
    if (holder.held === null) return;
    // The end of a session that this client has replaced.
    if (ended.sessionId !== null && ended.sessionId !== holder.held.sessionId) watchAgain();
    else {
      // The closing socket reports the same end again.
      stop();
      signedOut(sentenceFor(ended));
    }
  };
  const ask = async () => {
    const { data } = await client.query({ query: whySignedOut, fetchPolicy: 'network-only' });
    if (data?.session.__typename === 'SignedOut') tell(data.session);
    else watchAgain();
  };
  const watch = () => {
    const watching = client.subscribe({ query: sessionEnded }).subscribe({
      next({ data, error }) {
        if (data !== undefined) tell(data.sessionEnded);
        // The server refused the token and closed the socket.
        else if (error !== undefined) ask().catch(console.error);
      },
    });
    stop = () => {
      watching.unsubscribe();
    };
  };
  const watchAgain = () => {
    const soon = setTimeout(watch, 1000);
    stop = () => {
      clearTimeout(soon);
    };
  };

  watch();
  return {
    unsubscribe() {
      stop();
    },
  };
}
// #endregion
