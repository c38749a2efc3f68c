// Apollo Server, with every workaround for it and for V8 in one place. Nothing else in the code depends on how it works.
//
// The numbers are from bench/PROFILE.md: Apollo Server 5.5.1 under `me` with 64 connections. Measure again with a new
// release of Apollo Server, and delete what saves nothing any more.
//
// 1. A well-formed POST is executed as an operation, without Apollo Server's own parsing of HTTP: 25 µs instead of 31.
//    Needed as long as `executeHTTPGraphQLRequest` costs more than `executeOperation`.
// 2. The accept header is empty: Apollo Server would negotiate the type of each response, 1.5% of the processor's time.
//    The http floor has negotiated it. Needed until a response's type can be passed in.
// 3. There is one plugin, and its listener exists only while requests are traced: Apollo Server awaits every hook of every
//    listener, some ten promises a request. Its own `hideSchemaDetailsFromClientErrors` would be a second: formatError.ts
//    hides them. Needed until it skips hooks that are not there.
// 4. The context is frozen in `requestDidStart`: Apollo Server executes with a shallow copy of what it was given. Needed
//    until it passes the context on as it is.
// 5. Node 20 only: the request already has the property that Apollo Server adds in a spread. There V8 keeps what the copy
//    refers to until the next full collection: 0.20 MB instead of 0.14 a scavenge, and 4% of the processor's time.
//    Delete it when package.json's `engines` begins at Node 22.
// 6. Requests that arrived in the same turn of the event loop begin together: a tenth of the processor's time. No version
//    makes it unnecessary so far.
// 7. The logger is silent: Apollo Server's messages may repeat a document, and a password in it. Errors are logged by
//    formatError.ts and by the plugin.

import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequest,
  type GraphQLRequestListener,
  HeaderMap,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { type DocumentNode, type GraphQLSchema, type ValidationRule } from 'graphql';
import { LRUCache } from 'lru-cache';

import { isRecord } from '../common/records.js';
import { type Log } from '../observability/log.js';
import { annotateSpan, isTraced } from '../observability/tracing.js';
import { type Context, type GraphqlRequest } from './context.js';
import { type FormatError } from './formatError.js';

export interface Apollo {
  /** @param context makes the context of the operation; called at most once */
  execute(request: GraphqlRequest, context: () => Promise<Context>): Promise<Executed>;
  stop(): Promise<void>;
}

export interface Executed {
  /** As Apollo Server chose it; undefined where nothing went wrong. */
  readonly status: number | undefined;
  readonly headers: HeaderMap;
  readonly body: string;
}

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly maxTokens: number;
  /** Rules beside GraphQL's own. */
  readonly rules: readonly ValidationRule[];
  /** Whether clients may register documents under their hash. */
  readonly registersDocuments: boolean;
  readonly formatError: FormatError;
  readonly log: Log;
}

export async function startApollo(options: ApolloOptions): Promise<Apollo> {
  const { schema, introspection, maxTokens, rules, registersDocuments, formatError, log } = options;
  const apollo = new ApolloServer<Context>({
    schema,
    introspection,
    includeStacktraceInErrorResponses: false,
    formatError,
    parseOptions: { maxLexicalTokens: maxTokens },
    validationRules: [...rules],
    documentStore: parsedDocuments(),
    persistedQueries: { cache: registersDocuments ? registeredDocuments() : noDocuments },
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    logger: silent,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      createPlugin(log),
    ],
  });
  await apollo.start();
  const turn = createTurns();

  return {
    async execute(request, context) {
      await turn();
      const operation = request.method === 'POST' ? readOperation(request.body) : null;
      return await (operation === null
        ? executeRequest(apollo, request, context)
        : executeOperation(apollo, operation, context));
    },
    stop: () => apollo.stop(),
  };
}

/** Executes a well-formed operation (workaround 1). */
async function executeOperation(
  apollo: ApolloServer<Context>,
  operation: GraphQLRequest,
  context: () => Promise<Context>,
): Promise<Executed> {
  const { http, body } = await apollo.executeOperation(operation, { contextValue: await context() });
  if (body.kind !== 'single') throw new Error(incremental);
  const { errors, data, extensions } = body.singleResult;
  return {
    status: http.status,
    headers: http.headers,
    body: `${JSON.stringify({ errors, data, extensions })}\n`,
  };
}

/** Executes any other request by Apollo Server's own parsing of HTTP, whose error says what is wrong with it. */
async function executeRequest(
  apollo: ApolloServer<Context>,
  { method, headers, search, body }: GraphqlRequest,
  context: () => Promise<Context>,
): Promise<Executed> {
  const response = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers: new HeaderMap([noAccept, ...headers]), search, body },
    context,
  });
  if (response.body.kind !== 'complete') throw new Error(incremental);
  return { status: response.status, headers: response.headers, body: response.body.string };
}

/** The schema has no directive for incremental delivery. */
const incremental = 'a response came in parts';

/** Workaround 2. */
const noAccept = ['accept', ''] as const;
const http = { method: 'POST', headers: new HeaderMap([noAccept]), search: '', body: null };

/** Reads the operation of a body; null where a part is missing or has the wrong type. */
function readOperation(body: unknown): GraphQLRequest | null {
  if (!isRecord(body)) return null;
  const { query, operationName = null, variables = null, extensions = null } = body;
  // Instead of a text there may be its hash.
  const hasDocument = typeof query === 'string' ? query !== '' : query === undefined && extensions !== null;
  if (!hasDocument) return null;
  if (operationName !== null && typeof operationName !== 'string') return null;
  if (!isRecordOrNull(variables) || !isRecordOrNull(extensions)) return null;
  const operation: GraphQLRequest = { http };
  if (typeof query === 'string') operation.query = query;
  if (operationName !== null) operation.operationName = operationName;
  if (variables !== null) operation.variables = variables;
  if (extensions !== null) operation.extensions = extensions;
  return operation;
}

function isRecordOrNull(value: unknown): value is Record<string, unknown> | null {
  return value === null || isRecord(value);
}

/** Freezes the context, notes the operation for the log and its span, and logs what fails in Apollo Server itself. */
function createPlugin(log: Log): ApolloServerPlugin<Context> {
  const naming: GraphQLRequestListener<Context> = {
    didResolveOperation({ operationName, operation }) {
      annotateSpan({
        'graphql.operation.name': operationName ?? undefined,
        'graphql.operation.type': operation?.operation,
      });
      return Promise.resolve();
    },
  };
  // Workaround 3; the same promise for every request.
  const listener = Promise.resolve(isTraced() ? naming : undefined);

  return {
    requestDidStart(request) {
      // Workaround 4.
      Object.freeze(request.contextValue).notes.operation = request;
      Object.assign(request, addedBySpread);
      return listener;
    },

    unexpectedErrorProcessingRequest({ requestContext, error: err }) {
      log.error({ err, requestId: requestContext.contextValue.requestId }, 'unexpected error');
      return Promise.resolve();
    },
  };
}

/** Workaround 5. */
const addedBySpread = { useLegacyIncremental: false };

/**
 * At most this many requests begin in one turn. The result of an operation is held until its response has been written:
 * hundreds that begin at once would hold the results of all of them in memory.
 */
const maxOfTurn = 64;

/**
 * Makes a wait that ends when this turn of the event loop has read everything that has arrived (workaround 6). Waits end in
 * the order of the calls; no request waits for one that has not arrived.
 */
function createTurns(): () => Promise<void> {
  let waiting: (() => void)[] = [];

  const begin = () => {
    const begun = waiting.slice(0, maxOfTurn);
    waiting = waiting.slice(maxOfTurn);
    if (waiting.length > 0) setImmediate(begin);
    for (const start of begun) start();
  };

  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(begin);
    });
}

function silence(): void {
  return;
}

/** Workaround 7. */
const silent = { debug: silence, info: silence, warn: silence, error: silence };

/** Apollo Server's interface; it gives times to live in seconds. */
interface Store<V> {
  get(key: string): Promise<V | undefined>;
  set(key: string, value: V, options?: { ttl?: number | null }): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/**
 * Characters of all parsed documents together. A parsed document takes some 90 bytes for each character, and 270 if it was
 * written to do so: at most some 70 MB, whatever clients send.
 */
const maxParsedCharacters = 262_144;

/** Characters of the texts that clients have registered under their hash. */
const maxRegisteredCharacters = 4_194_304;

/** Added for each text: its hash and its entry take more room than a short text. Otherwise half a million would fit. */
const charactersOfEntry = 256;

/**
 * Documents that are parsed and validated, by the hash of their text. The least recently used one makes room, here and in the next
 * store.
 */
export function parsedDocuments(): Store<DocumentNode> {
  return store(maxParsedCharacters, (document) => document.loc?.source.body.length ?? maxParsedCharacters);
}

/** Texts of automatic persisted queries, by their SHA-256. Apollo Server registers valid documents only. */
export function registeredDocuments(): Store<string> {
  return store(maxRegisteredCharacters, (text) => charactersOfEntry + text.length);
}

/** A store in which nothing can be registered or found. */
const noDocuments: Store<string> = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  delete: () => Promise.resolve(false),
};

function store<V extends object | string>(maxSize: number, sizeCalculation: (value: V) => number): Store<V> {
  const cache = new LRUCache<string, V>({ maxSize, sizeCalculation });
  return {
    get: (key) => Promise.resolve(cache.get(key)),
    set(key, value) {
      cache.set(key, value);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(cache.delete(key)),
  };
}
