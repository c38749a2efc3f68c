// What every resolver is handed: who asks, resolved once before the operation starts, and what the acts need. It is
// frozen; nothing that an operation does changes what the request came with.

import { type AccountServices } from '../accounts/services.js';
import { resolveSession } from '../sessions/resolve.js';
import { type Origin, type RejectedSession, type SessionOutcome, type User } from '../sessions/types.js';

export interface Context {
  readonly requestId: string;
  readonly origin: Origin;
  readonly session: SessionOutcome;
  /** The user whose live session the request's token names; null otherwise. */
  readonly user: User | null;
  readonly services: AccountServices;
  /** What a subscription can wait for; null for an operation over HTTP. */
  readonly live: LiveOperation | null;
}

/** One subscription of a socket. */
export interface LiveOperation {
  /** The end of the session that the socket's token names: one event, then no more. */
  sessionEnded(): AsyncIterable<{ readonly sessionEnded: RejectedSession }>;
}

/** A request as plain values. */
export interface Asker {
  readonly requestId: string;
  /** The compact JWT without its scheme; null when none was presented. */
  readonly bearer: string | null;
  readonly origin: Origin;
}

/** The longest that a request may spend on the database besides the look-up, in milliseconds; with it, under 5 s. */
const databaseMs = 3_000;

/**
 * Never throws for a bad token, nor for a database that cannot be reached: that is an outcome of the session.
 *
 * @param live what a subscription can wait for; null over HTTP
 */
export async function createContext(
  all: AccountServices,
  asker: Asker,
  live: LiveOperation | null = null,
): Promise<Context> {
  // A subscription goes on for longer than any request may.
  const services = live === null ? { ...all, database: all.database.within(databaseMs) } : all;
  const session = await resolveSession(services, asker.bearer);
  const user = session.kind === 'active' ? session.user : null;
  return Object.freeze({ requestId: asker.requestId, origin: asker.origin, session, user, services, live });
}
