// Executes GraphQL behind plain values: a request goes in, a response comes out. HTTP itself is the floor above.

import { type GraphQLError, OperationTypeNode } from 'graphql';

import { type AccountServices } from '../auth/services.js';
import { createKeyedCounter } from '../common/networks.js';
import { type Log } from '../observability/log.js';
import { type Metrics } from '../observability/metrics.js';
import { tracedRequest } from '../observability/tracing.js';
import { type Executed, startApollo } from './apollo.js';
import { createContext, type GraphqlRequest, type GraphqlResponse, type ResponseType } from './context.js';
import { createErrorFormatter, createSchemaHints } from './formatError.js';
import { type TrustedDocuments, withTrustedDocument } from './persisted/trustedDocuments.js';
import { createSchema, type TeamResolvers } from './schema.js';
import { createSubscriptionServer, type SubscriptionServer } from './subscriptions/server.js';
import { countRequest, createNotes, logUnexpected, reportOf, type RequestNotes } from './telemetry.js';
import { createDocumentLimits, type DocumentLimits } from './validation/documentLimits.js';
import { createDocumentCheck } from './validation/documents.js';

export interface GraphqlServer {
  /** Executes the one operation of a request. Never throws for anything that a client can send. */
  handle(request: GraphqlRequest): Promise<GraphqlResponse>;
  /** Serves subscriptions over websockets, by the same rules. */
  readonly subscriptions: SubscriptionServer;
  stop(): Promise<void>;
}

export interface GraphqlServerOptions {
  readonly services: AccountServices;
  /** For a clone's own types. */
  readonly teamResolvers: TeamResolvers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Whether clients may see the schema, and errors may hint at it. */
  readonly introspection: boolean;
  readonly limits: DocumentLimits;
  /** The only documents to execute; null to execute any. */
  readonly trusted: TrustedDocuments | null;
}

export async function createGraphqlServer(options: GraphqlServerOptions): Promise<GraphqlServer> {
  const { services, log, metrics, introspection, limits, trusted } = options;
  const schema = createSchema(options.teamResolvers);
  const documentLimits = createDocumentLimits(schema, limits);
  const unfit = trusted?.unfit(schema, documentLimits) ?? [];
  if (unfit.length > 0) log.warn({ unfit }, 'TRUSTED_DOCUMENTS: this version cannot execute some of them');
  const formatError = createErrorFormatter(introspection ? createSchemaHints(schema) : null);
  const shared = { schema, introspection, maxTokens: limits.tokens, rules: [documentLimits], formatError };
  const apollo = await startApollo({ ...shared, registersDocuments: trusted === null, log });
  const documents = createDocumentCheck({ ...shared, operation: subscriptionsOnly, trusted });

  const running = createKeyedCounter();
  const isLogged = log.isLevelEnabled('info');

  const admit = (userId: string) => {
    if (running.of(userId) >= maxOperationsOfUser) return false;
    running.add(userId, 1);
    return true;
  };

  const execute = async (request: GraphqlRequest): Promise<GraphqlResponse> => {
    const notes = createNotes();
    const asked = trusted === null ? request : withTrustedDocument(trusted, request);
    try {
      const executed = await apollo.execute(asked, () => createContext(services, request, notes, admit));
      return toResponse(request, notes, executed);
    } finally {
      // The session of a user who was not admitted is noted as unavailable.
      if (notes.session?.kind === 'active') running.add(notes.session.user.id, -1);
    }
  };

  const toResponse = (
    { responseType, requestId }: GraphqlRequest,
    notes: RequestNotes,
    { status: chosen, headers, body }: Executed,
  ): GraphqlResponse => {
    headers.set('content-type', responseType);
    const errors = notes.operation?.errors ?? [];
    const status = statusOf(chosen, responseType, errors);
    if (notes.retryAt !== null) headers.set('retry-after', secondsUntil(notes.retryAt, services.clock.now()));
    logUnexpected(log, requestId, errors);
    countRequest(metrics, notes, status);
    return { status, headers, body, report: isLogged ? reportOf(notes, status) : null };
  };

  return {
    subscriptions: createSubscriptionServer({ services, schema, documents, formatError, log }),

    handle: (request) => tracedRequest('graphql', request.headers, () => execute(request)),

    stop: () => apollo.stop(),
  };
}

const subscriptionsOnly = {
  type: OperationTypeNode.SUBSCRIPTION,
  otherwise: 'Websockets carry subscriptions only. Send queries and mutations over HTTP.',
};

/** How many operations of one user run at once, over all of their devices and networks. */
const maxOperationsOfUser = 32;

/** The codes of operations that did not begin. A request that names no operation has `BAD_REQUEST`. */
const notBegun = new Set<unknown>([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
]);

/**
 * Returns the status of the response. GraphQL over HTTP (draft, "Status Codes") wants 200 for an operation that did not
 * begin in `application/json`, where a status of 4xx may come from a proxy that knows nothing of GraphQL, and 400 in
 * `application/graphql-response+json`. Apollo Server says 400 for both.
 *
 * @param chosen by Apollo Server; 200 where it is left out
 * @param errors of the operation, as they were thrown; empty where the request named none
 */
function statusOf(chosen: number | undefined, type: ResponseType, errors: readonly GraphQLError[]): number {
  if (chosen !== 400 || type !== 'application/json; charset=utf-8' || errors.length === 0)
    return chosen ?? 200;
  return errors.every(({ extensions }) => notBegun.has(extensions['code'])) ? 200 : 400;
}

/** Returns the value of a Retry-After header (RFC 9110 section 10.2.3): whole seconds, at least 1. */
export function secondsUntil(moment: Date, now: Date): string {
  return String(Math.max(1, Math.ceil((moment.getTime() - now.getTime()) / 1_000)));
}
