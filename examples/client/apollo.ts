import { ApolloClient, InMemoryCache } from '@apollo/client';

import { createSession } from 'hufu/client';
import { cacheSettings, clearStoreOnChange, sessionLink } from 'hufu/client/apollo';

export function createApollo(url: string) {
  const session = createSession({ url, storage: 'localStorage' });
  const client = new ApolloClient({ link: sessionLink(session), cache: new InMemoryCache(cacheSettings) });
  clearStoreOnChange(client, session);
  return { session, client };
}
