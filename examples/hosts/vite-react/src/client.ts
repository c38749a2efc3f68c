import { ApolloClient, InMemoryCache } from '@apollo/client';
import { createSession } from 'hufu/client';
import { cacheSettings, clearStoreOnChange, sessionLink } from 'hufu/client/apollo';

export const session = createSession({ url: '/graphql', storage: 'localStorage' });
export const client = new ApolloClient({
  link: sessionLink(session),
  cache: new InMemoryCache(cacheSettings),
});
clearStoreOnChange(client, session);
