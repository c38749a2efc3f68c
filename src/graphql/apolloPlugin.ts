// The one plugin that looks on while the server executes: it freezes the context that the resolvers get, notes the
// operation for the request's report and its span, and has what went wrong in the server itself logged.

import { type ApolloServerPlugin, type GraphQLRequestListener } from '@apollo/server';

import { type Log } from '../observability/log.js';
import { annotateSpan, isTraced } from '../observability/tracing.js';
import { type Context } from './context.js';

/**
 * The property that Apollo Server adds when it copies what it knows of a request. Where a spread adds one, V8 as it is
 * in Node 20 keeps what the copy refers to until its next full collection, at every scavenge that of the requests in
 * flight (bench/PROFILE.md has how much). Where it is there already, none is added.
 */
const copied = { useLegacyIncremental: false };

export function observe(log: Log): ApolloServerPlugin<Context> {
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
      Object.assign(request, copied);
      return listening;
    },

    unexpectedErrorProcessingRequest({ requestContext, error: err }) {
      log.error({ err, requestId: requestContext.contextValue.requestId }, 'unexpected error');
      return Promise.resolve();
    },
  };
}
