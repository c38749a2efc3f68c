// The one plugin that looks on while the server executes: it notes the operation for the request's report and its
// span, freezes the context that the resolvers get, and logs the cause of what nobody meant to happen, of which a client
// is told nothing but the code.

import { type ApolloServerPlugin, type GraphQLRequestListener } from '@apollo/server';

import { type Log } from '../log.js';
import { annotateSpan, isTraced } from '../tracing.js';
import { isUnexpected } from './answeredError.js';
import { type Context } from './context.js';

export function observe(log: Log): ApolloServerPlugin<Context> {
  const logged: GraphQLRequestListener<Context> = {
    didEncounterErrors({ errors, contextValue }) {
      for (const error of errors) {
        if (!isUnexpected(error)) continue;
        log.error({ err: error, requestId: contextValue.requestId, path: error.path }, 'unexpected error');
      }
      return Promise.resolve();
    },
  };
  const traced: GraphQLRequestListener<Context> = {
    ...logged,
    didResolveOperation({ operationName, operation }) {
      annotateSpan({
        'graphql.operation.name': operationName ?? undefined,
        'graphql.operation.type': operation?.operation,
      });
      return Promise.resolve();
    },
  };
  // The same for every request.
  const listening = Promise.resolve(isTraced() ? traced : logged);

  return {
    requestDidStart(request) {
      // Apollo has made a copy of the context for this operation.
      Object.freeze(request.contextValue).notes.operation = request;
      return listening;
    },
  };
}
