// Has the Apollo server execute a request: as the operation that it is, or, where anything about it is odd, by way of
// Apollo's own reading of HTTP, which costs more and tells what is wrong.

import { type ApolloServer, type GraphQLRequest, HeaderMap } from '@apollo/server';

import { type Context } from './context.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** By their lower-case names. What is sent by POST has been found to be what no page of another site can send. */
  readonly headers: Iterable<readonly [string, string]>;
  readonly search: string;
  readonly body: unknown;
}

export interface Executed {
  /** As Apollo Server has chosen it; undefined where nothing went wrong. */
  readonly status: number | undefined;
  readonly headers: HeaderMap;
  readonly text: string;
}

/** @param context makes the operation's context; asked once at most */
export async function execute(
  apollo: ApolloServer<Context>,
  request: HttpRequest,
  context: () => Promise<Context>,
): Promise<Executed> {
  const operation = request.method === 'POST' ? readOperation(request.body) : null;
  if (operation === null) return executeWhole(apollo, request, context);

  const { http, body } = await apollo.executeOperation(operation, { contextValue: await context() });
  if (body.kind !== 'single') throw new Error(inParts);
  const { errors, data, extensions } = body.singleResult;
  return {
    status: http.status,
    headers: http.headers,
    text: `${JSON.stringify({ errors, data, extensions })}\n`,
  };
}

async function executeWhole(
  apollo: ApolloServer<Context>,
  { method, headers, search, body }: HttpRequest,
  context: () => Promise<Context>,
): Promise<Executed> {
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers: new HeaderMap([settled, ...headers]), search, body },
    context,
  });
  if (answer.body.kind !== 'complete') throw new Error(inParts);
  return { status: answer.status, headers: answer.headers, text: answer.body.string };
}

/** The schema has no directive that would have it so. */
const inParts = 'an answer came in parts';

/** The answer's type is settled. Without the header Apollo Server would weigh all types that it knows each time. */
const settled = ['accept', ''] as const;

const http = { method: 'POST', headers: new HeaderMap([settled]), search: '', body: null };

/** The body's operation; null where something is missing or of another type than it should be. */
function readOperation(body: unknown): GraphQLRequest | null {
  if (!isRecord(body)) return null;
  const { query, operationName = null, variables = null, extensions = null } = body;
  // Without a text there may be its hash.
  const isAsked = typeof query === 'string' ? query !== '' : query === undefined && extensions !== null;
  if (!isAsked) return null;
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
