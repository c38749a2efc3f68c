// The routes of the integrations that the operator has named.

import { type Integration } from '../../../config/integrations.js';
import { type Feed } from '../../../integrations/feed.js';
import { createApolloRouterRoute } from './apolloRouter.js';
import { createHasuraRoute } from './hasura.js';
import { createIntrospectRoute } from './introspect.js';
import { type IntegrationParts, type IntegrationRoute } from './parts.js';
import { createSessionsEndedRoute } from './sessionsEnded.js';
import { createSubgraphRoute } from './subgraph.js';
import { createVerifyRoute } from './verify.js';

const makers = {
  introspect: createIntrospectRoute,
  verify: createVerifyRoute,
  hasura: createHasuraRoute,
  'apollo-router': createApolloRouterRoute,
  subgraph: createSubgraphRoute,
} as const satisfies Partial<Record<Integration, (parts: IntegrationParts) => IntegrationRoute>>;

/** @param feed null where it is not one of them */
export function createIntegrationRoutes(
  enabled: ReadonlySet<Integration>,
  parts: IntegrationParts,
  feed: Feed | null,
): readonly IntegrationRoute[] {
  return [
    ...Object.entries(makers).flatMap(([name, make]) =>
      enabled.has(name as Integration) ? [make(parts)] : [],
    ),
    ...(feed === null ? [] : [createSessionsEndedRoute(parts, feed)]),
  ];
}
