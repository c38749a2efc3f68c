// Notes that are taken while a request is executed, and the log lines and metrics that are made of them afterwards. No
// resolver reads the notes.

import { unwrapResolverError } from '@apollo/server/errors';
import { type GraphQLError, type GraphQLSchema } from 'graphql';

import { type Log } from '../observability/log.js';
import { type Metrics } from '../observability/metrics.js';
import { activeTraceId } from '../observability/tracing.js';
import { type SessionOutcome } from '../sessions/types.js';
import { codeOf } from './formatError.js';

export interface RequestNotes {
  /** Null when the request was refused before there was an operation. */
  operation: NotedOperation | null;
  /** The outcome of authentication; null when the request was refused before it. */
  session: SessionOutcome | null;
  /** How long authentication took, in milliseconds. */
  sessionMs: number;
  /** Every mutation that was executed: its field, and the type of its result. */
  readonly results: { readonly field: string; readonly result: string }[];
  /** When a limited attempt can be repeated; null where none was limited. */
  retryAt: Date | null;
}

/** The operation as far as the server got with it. */
interface NotedOperation {
  readonly operationName?: string | null;
  readonly operation?: { readonly operation: string } | undefined;
  readonly errors?: readonly GraphQLError[];
}

export function createNotes(): RequestNotes {
  return {
    operation: null,
    session: null,
    sessionMs: 0,
    results: [],
    retryAt: null,
  };
}

/** Notes when a limited attempt can be repeated. Of several moments the latest counts. */
export function noteRetry(notes: RequestNotes, retryAt: Date): void {
  if (notes.retryAt === null || notes.retryAt < retryAt) notes.retryAt = retryAt;
}

/** Makes every mutation note the type of its result. An error is noted as an error of the operation. */
export function noteResults(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (resolve === undefined) continue;
    field.resolve = async (parent, args, context: { readonly notes: RequestNotes }, info) => {
      const result: unknown = await resolve(parent, args, context, info);
      context.notes.results.push({ field: field.name, result: typeNameOf(result) });
      return result;
    };
  }
}

/** Returns the type of a mutation's result; `OK` for a result that is no union. */
export function typeNameOf(result: unknown): string {
  return typeof result === 'object' && result !== null && '__typename' in result
    ? String(result.__typename)
    : 'OK';
}

/** Part of the request's line in the log; unknown facts are left out. */
export interface RequestReport {
  /** The operation's name, cut short: it is the client's own text. */
  readonly operation?: string;
  readonly type?: string;
  /** The code of the first error; without one, the results of the mutations; else `OK`. */
  readonly outcome: string;
  /** Why the presented token was rejected. */
  readonly reason?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  /** How long authentication took, in milliseconds. */
  readonly sessionMs: number;
  readonly traceId?: string;
}

/** How many characters of an operation's name are logged. */
const maxNameLength = 64;

/** @param status of the response */
export function reportOf(notes: RequestNotes, status: number): RequestReport {
  const { operation, session, results, sessionMs } = notes;
  const name = operation?.operationName ?? null;
  const type = operation?.operation?.operation;
  const traceId = activeTraceId();
  return {
    ...(name === null ? {} : { operation: name.slice(0, maxNameLength) }),
    ...(type === undefined ? {} : { type }),
    outcome: errorCode(notes, status) ?? (results.length === 0 ? 'OK' : distinct(results)),
    ...(session?.kind === 'rejected' ? { reason: session.reason } : {}),
    ...(session?.kind === 'active' ? { userId: session.user.id, sessionId: session.session.id } : {}),
    sessionMs: Math.round(sessionMs * 1_000) / 1_000,
    ...(traceId === null ? {} : { traceId }),
  };
}

export function countRequest(metrics: Metrics, notes: RequestNotes, status: number): void {
  const type = notes.operation?.operation?.operation ?? 'none';
  metrics.count('operations', { type, outcome: errorCode(notes, status) ?? 'OK' });
  for (const { field, result } of notes.results) metrics.count('mutation_results', { field, result });
  if (notes.session?.kind === 'rejected') metrics.count('rejected_tokens', { reason: notes.session.reason });
}

/** Logs the cause of each error that is a bug. The client learns only its code. */
export function logUnexpected(log: Log, requestId: string, errors: readonly GraphQLError[] = []): void {
  for (const error of errors) {
    if (codeOf(error) !== 'INTERNAL_SERVER_ERROR') continue;
    log.error({ err: unwrapResolverError(error), requestId, path: error.path }, 'unexpected error');
  }
}

/** Returns the code of the first error; null where nothing went wrong. A refused request may have no operation. */
function errorCode({ operation }: RequestNotes, status: number): string | null {
  const [error] = operation?.errors ?? [];
  if (error !== undefined) return codeOf(error);
  return status < 400 ? null : 'BAD_REQUEST';
}

function distinct(results: RequestNotes['results']): string {
  return [...new Set(results.map(({ result }) => result))].join(',');
}
