// What is noted of a request while it is executed: for its line in the log, its headers and the node's numbers. No
// resolver reads it.

import { type GraphQLError } from 'graphql';

import { type SessionOutcome } from '../sessions/types.js';

/** The operation as far as the server got with it. */
interface NotedOperation {
  readonly operationName?: string | null;
  readonly operation?: { readonly operation: string } | undefined;
  readonly errors?: readonly GraphQLError[];
}

export interface RequestNotes {
  /** Null when the request was refused before there was one. */
  operation: NotedOperation | null;
  /** What the token came to, and how long that took to find out, in milliseconds; null when it was not looked at. */
  session: SessionOutcome | null;
  sessionMs: number;
  /** Every mutation that was carried out, by its field, and what it came to, by its type. */
  readonly results: { readonly field: string; readonly result: string }[];
  /** When something can be tried again that was refused for too many attempts; null where nothing was. */
  retryAt: Date | null;
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

/** Notes that something can be tried again from then on; of several moments the latest is told. */
export function noteRetry(notes: RequestNotes, retryAt: Date): void {
  if (notes.retryAt === null || notes.retryAt < retryAt) notes.retryAt = retryAt;
}
