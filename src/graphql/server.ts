// The Apollo server behind plain values: a request as its parts goes in, an answer's status, headers and text come
// out. HTTP itself is the floor above.

import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContextDidEncounterErrors,
  HeaderMap,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';

import { type AccountServices } from '../accounts/services.js';
import { type Log } from '../log.js';
import { type Context, createContext } from './context.js';
import { createAnsweredError, isUnexpected } from './answeredError.js';
import { noDocuments, parsedDocuments, registeredDocuments } from './documents/stores.js';
import { substitute } from './documents/substitute.js';
import { type TrustedDocuments } from './documents/trusted.js';
import { createGathering } from './gather.js';
import { type DocumentLimits } from './limits/limits.js';
import { createDocumentLimits } from './limits/rule.js';
import { createLiveServer, type LiveServer } from './live/liveServer.js';
import { createSocketDocuments } from './live/socketDocuments.js';
import { retryAfter } from './retryAfter.js';
import { createSchema } from './schema.js';
import { createSchemaHints } from './schemaHints.js';

export interface GraphqlRequest {
  readonly method: 'GET' | 'POST';
  /** The few headers that the protocol reads, by their lower-case names. */
  readonly headers: Iterable<readonly [string, string]>;
  /** The query string with its question mark, or an empty text. */
  readonly search: string;
  /** The parsed JSON body; undefined for GET. */
  readonly body: unknown;
  readonly requestId: string;
  /** The compact JWT without its scheme; null when none was presented. */
  readonly bearer: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Iterable<[string, string]>;
  readonly body: string;
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
  /** Whether clients may see the schema, and errors may hint at it. */
  readonly introspection: boolean;
  readonly limits: DocumentLimits;
  /** The only documents to execute; null to execute any. */
  readonly trusted: TrustedDocuments | null;
}

export async function createGraphqlServer(options: GraphqlOptions): Promise<GraphqlServer> {
  const { services, log, introspection, limits, trusted } = options;
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
    logger: log,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      retryAfter,
      logUnexpected(log),
    ],
  });
  await apollo.start();

  const documents = createSocketDocuments({
    schema,
    introspection,
    mostTokens: limits.tokens,
    rules: [documentLimits],
    trusted,
    answeredError,
  });

  const gathered = createGathering();

  return {
    live: createLiveServer({ services, schema, documents, answeredError, log }),

    async handle(request) {
      await gathered();
      const { requestId, bearer, address, userAgent } = request;
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: request.method,
          headers: new HeaderMap(request.headers),
          ...(trusted === null
            ? { search: request.search, body: request.body }
            : substitute(trusted, request)),
        },
        context: () => createContext(services, { requestId, bearer, origin: { address, userAgent } }),
      });
      return { status: answer.status ?? 200, headers: answer.headers, body: await textOf(answer.body) };
    },

    stop: () => apollo.stop(),
  };
}

async function textOf(
  body: { kind: 'complete'; string: string } | { kind: 'chunked'; asyncIterator: AsyncIterable<string> },
): Promise<string> {
  if (body.kind === 'complete') return body.string;
  let text = '';
  for await (const chunk of body.asyncIterator) text += chunk;
  return text;
}

/** The client is told nothing of an unexpected error but its code; the log has the cause, under the request's id. */
function logUnexpected(log: Log): ApolloServerPlugin<Context> {
  const didEncounterErrors = ({ errors, contextValue }: GraphQLRequestContextDidEncounterErrors<Context>) => {
    for (const error of errors) {
      if (!isUnexpected(error)) continue;
      const { requestId } = contextValue;
      log.error({ err: error, requestId, path: error.path }, 'unexpected error');
    }
    return Promise.resolve();
  };
  return { requestDidStart: () => Promise.resolve({ didEncounterErrors }) };
}
