// The plugin for a host's Apollo Server: it checks the schema when the server starts, and sends `Retry-After` where an
// attempt was limited.

import { type ApolloServerPlugin, type BaseContext } from '@apollo/server';
import { type GraphQLSchema } from 'graphql';

import { type Clock } from '../common/clock.js';
import { RequestContext } from '../graphql/context.js';
import { secondsUntil } from '../graphql/server.js';
import { hufuIn } from './hostContext.js';

/** @param check throws for a schema that must not be served */
export function createPlugin(clock: Clock, check: (schema: GraphQLSchema) => void): ApolloServerPlugin {
  const listener = Promise.resolve({
    willSendResponse({ contextValue, response }: WillSend) {
      const hufu = hufuIn(contextValue);
      if (hufu instanceof RequestContext && hufu.notes.retryAt !== null)
        response.http.headers.set('retry-after', secondsUntil(hufu.notes.retryAt, clock.now()));
      return Promise.resolve();
    },
  });
  return {
    serverWillStart({ schema }) {
      check(schema);
      return Promise.resolve();
    },
    requestDidStart: () => listener,
  };
}

interface WillSend {
  readonly contextValue: BaseContext;
  readonly response: { readonly http: { readonly headers: Map<string, string> } };
}
