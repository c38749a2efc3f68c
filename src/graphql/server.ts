// The Apollo server behind plain values: a request as its parts goes in, an answer's status, headers and text come
// out. HTTP itself is the floor above.

import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';

import { type AccountServices } from '../auth/services.js';
import { createKeyedCounter } from '../common/keyedCounter.js';
import { type Log } from '../observability/log.js';
import { type Metrics } from '../observability/metrics.js';
import { tracedRequest } from '../observability/tracing.js';
import { createAnsweredError, logUnexpected } from './formatError.js';
import { type AnswerType, statusOf } from './mediaType.js';
import { type Context, createContext } from './context.js';
import { noDocuments, parsedDocuments, registeredDocuments } from './persisted/stores.js';
import { substitute } from './persisted/substitute.js';
import { type TrustedDocuments } from './persisted/trustedDocuments.js';
import { execute } from './apollo.js';
import { createGathering } from './gather.js';
import { type DocumentLimits } from './validation/documentLimits.js';
import { createDocumentLimits } from './validation/rule.js';
import { createLiveServer, type LiveServer } from './subscriptions/server.js';
import { createSocketDocuments } from './subscriptions/documents.js';
import { createNotes } from './requestNotes.js';
import { observe } from './apolloPlugin.js';
import { countRequest, reportOf, type RequestReport } from './telemetry.js';
import { createSchema } from './schema.js';
import { createSchemaHints } from './schemaHints.js';

export interface GraphqlRequest {
  readonly method: 'GET' | 'POST';
  /** What the client takes. */
  readonly type: AnswerType;
  /** The few headers that the protocol reads, by their lower-case names. */
  readonly headers: Iterable<readonly [string, string]>;
  /** The query string with its question mark, or an empty text. */
  readonly search: string;
  /** The parsed JSON body; undefined for GET. */
  readonly body: unknown;
  readonly requestId: string;
  /** The compact JWT without its scheme; null when none was presented. */
  readonly bearer: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** Whether the client has gone, and nobody will read the answer. */
  readonly isAbandoned: () => boolean;
}

export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Iterable<[string, string]>;
  readonly body: string;
  /** What the request's line in the log says besides; null where none is written. */
  readonly report: RequestReport | null;
}

export interface GraphqlServer {
  /** Executes the one operation of a request. Never throws for anything a client can send. */
  handle(request: GraphqlRequest): Promise<GraphqlAnswer>;
  /** Serves subscriptions over sockets, by the same rules. */
  readonly live: LiveServer;
  stop(): Promise<void>;
}

export interface GraphqlOptions {
  readonly services: AccountServices;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Whether clients may see the schema, and errors may hint at it. */
  readonly introspection: boolean;
  readonly limits: DocumentLimits;
  /** The only documents to execute; null to execute any. */
  readonly trusted: TrustedDocuments | null;
}

export async function createGraphqlServer(options: GraphqlOptions): Promise<GraphqlServer> {
  const { services, log, metrics, introspection, limits, trusted } = options;
  const schema = createSchema();
  const documentLimits = createDocumentLimits(schema, limits);
  const unfit = trusted?.unfit(schema, documentLimits) ?? [];
  if (unfit.length > 0) log.warn({ unfit }, 'TRUSTED_DOCUMENTS: some cannot be executed by this version');
  const answeredError = createAnsweredError(introspection ? createSchemaHints(schema) : null);
  const apollo = new ApolloServer<Context>({
    schema,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    formatError: answeredError,
    parseOptions: { maxLexicalTokens: limits.tokens },
    validationRules: [documentLimits],
    documentStore: parsedDocuments(),
    persistedQueries: { cache: trusted === null ? registeredDocuments() : noDocuments },
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    logger: silent,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      observe(log),
    ],
  });
  await apollo.start();

  const documents = createSocketDocuments({
    schema,
    introspection,
    maxTokens: limits.tokens,
    rules: [documentLimits],
    trusted,
    answeredError,
  });

  const gathered = createGathering();
  const underWay = createKeyedCounter();
  const isLogged = log.isLevelEnabled('info');

  const answer = async (request: GraphqlRequest): Promise<GraphqlAnswer> => {
    const { type, requestId, bearer, ip, userAgent, isAbandoned } = request;
    const notes = createNotes();
    await gathered();
    let userId: string | null = null;
    const admit = (id: string) => {
      if (underWay.of(id) >= maxOperationsOfUser) return false;
      underWay.add(id, 1);
      userId = id;
      return true;
    };
    const asked = trusted === null ? request : { ...request, ...substitute(trusted, request) };
    const executed = await execute(apollo, asked, () =>
      createContext(
        services,
        { requestId, bearer, clientInfo: { ip, userAgent }, isAbandoned },
        notes,
        admit,
      ),
    ).finally(() => {
      if (userId !== null) underWay.add(userId, -1);
    });
    const { headers, text } = executed;
    headers.set('content-type', type);
    const errors = notes.operation?.errors ?? [];
    const status = statusOf(executed.status, type, errors);
    if (notes.retryAt !== null) headers.set('retry-after', secondsUntil(notes.retryAt, services.clock.now()));
    logUnexpected(log, requestId, errors);
    countRequest(metrics, notes, status);
    return { status, headers, body: text, report: isLogged ? reportOf(notes, status) : null };
  };

  return {
    live: createLiveServer({ services, schema, documents, answeredError, log }),

    handle: (request) => tracedRequest('graphql', request.headers, () => answer(request)),

    stop: () => apollo.stop(),
  };
}

/** How many operations of one user run at once, over all their devices and networks. */
const maxOperationsOfUser = 32;

function silence(): void {
  return;
}

/** What Apollo Server says of an error can repeat the document, and a password in it. The log hears of it elsewhere. */
const silent = { debug: silence, info: silence, warn: silence, error: silence };

/** The value of a Retry-After header (RFC 9110 section 10.2.3). */
function secondsUntil(moment: Date, now: Date): string {
  return String(Math.max(1, Math.ceil((moment.getTime() - now.getTime()) / 1_000)));
}
