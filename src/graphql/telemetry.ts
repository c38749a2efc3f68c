// What the log and the node's numbers are told of a request once it has been executed.

import { type Metrics } from '../observability/metrics.js';
import { activeTraceId } from '../observability/tracing.js';
import { codeOf } from './formatError.js';
import { type RequestNotes } from './requestNotes.js';

/** Part of the request's line in the log; what is not known is left out. */
export interface RequestReport {
  /** The operation's name, cut short: it is the client's own text. */
  readonly operation?: string;
  readonly type?: string;
  /** The code of the first error; without one, what the mutations came to; else `OK`. */
  readonly outcome: string;
  /** Why the token that was presented does not stand. */
  readonly reason?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  /** How long it took to find out what the token comes to. */
  readonly sessionMs: number;
  readonly traceId?: string;
}

/** The most characters of an operation's name that are logged. */
const maxName = 64;

/** @param status of the answer */
export function reportOf(notes: RequestNotes, status: number): RequestReport {
  const { operation, session, results, sessionMs } = notes;
  const name = operation?.operationName ?? null;
  const type = operation?.operation?.operation;
  const traceId = activeTraceId();
  return {
    ...(name === null ? {} : { operation: name.slice(0, maxName) }),
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

/** Null where nothing went wrong. A request that is no GraphQL request is refused without an operation. */
function errorCode({ operation }: RequestNotes, status: number): string | null {
  const [error] = operation?.errors ?? [];
  if (error !== undefined) return codeOf(error);
  return status < 400 ? null : 'BAD_REQUEST';
}

function distinct(results: RequestNotes['results']): string {
  return [...new Set(results.map(({ result }) => result))].join(',');
}
