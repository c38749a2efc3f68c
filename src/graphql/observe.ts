// The one plugin that looks on while the server executes: it freezes the context that the resolvers get, and notes the
// operation for the request's report and its span.

import { type ApolloServerPlugin, type GraphQLRequestListener } from '@apollo/server';

import { annotateSpan, isTraced } from '../tracing.js';
import { type Context } from './context.js';

export function observe(): ApolloServerPlugin<Context> {
  const naming: GraphQLRequestListener<Context> = {
    didResolveOperation({ operationName, operation }) {
      annotateSpan({
        'graphql.operation.name': operationName ?? undefined,
        'graphql.operation.type': operation?.operation,
      });
      return Promise.resolve();
    },
  };
  // The same for every request. A listener costs each of them some ten promises, so there is none without need.
  const listening = Promise.resolve(isTraced() ? naming : undefined);

  return {
    requestDidStart(request) {
      // Apollo has made a copy of the context for this operation.
      Object.freeze(request.contextValue).notes.operation = request;
      return listening;
    },
  };
}
