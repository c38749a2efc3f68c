import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

import { type SessionEndedSubscription } from './generated/graphql.js';
import { graphql } from './generated/index.js';

type Ended = SessionEndedSubscription['sessionEnded'];

const sessionEnded = graphql(`
  subscription SessionEnded {
    sessionEnded {
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
        reason
        by {
          kind
          name
        }
      }
    }
  }
`);

// The compiler reminds you of every reason.
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

/** @param signedOut shows the sentence, and the way back in */
export function createApollo(
  url: string,
  token: () => string | null,
  signedOut: (sentence: string) => void,
): ApolloClient {
  const bearer = () => (token() === null ? {} : { authorization: `Bearer ${token() ?? ''}` });

  const authorize = new SetContextLink((previous) => ({
    headers: { ...(previous['headers'] as Record<string, string> | undefined), ...bearer() },
  }));

  const readReason = new ErrorLink(({ error }) => {
    if (!CombinedGraphQLErrors.is(error)) return;
    const refused = error.errors.find(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED');
    if (refused?.extensions !== undefined) signedOut(sentenceFor(refused.extensions as unknown as Ended));
  });

  const socket = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: bearer,
    retryAttempts: Infinity,
    // Come back after anything but 4403: nothing brings an ended session back.
    shouldRetry: (event) => (event as { code?: unknown } | null)?.code !== 4403,
  });

  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      ApolloLink.from([readReason, authorize, new HttpLink({ uri: url })]),
    ),
    cache: new InMemoryCache(),
  });
}

/** Call it after every sign-in, and `client.clearStore()` before; unsubscribe before the token is replaced. */
export function watchSession(client: ApolloClient, signedOut: (sentence: string) => void) {
  const ask = async () => {
    const { data } = await client.query({ query: whySignedOut, fetchPolicy: 'network-only' });
    if (data?.session.__typename === 'SignedOut') signedOut(sentenceFor(data.session));
  };
  return client.subscribe({ query: sessionEnded }).subscribe({
    next({ data, error }) {
      if (data !== undefined) signedOut(sentenceFor(data.sessionEnded));
      // The token was refused before anything could be told.
      else if (error !== undefined) ask().catch(console.error);
    },
  });
}
