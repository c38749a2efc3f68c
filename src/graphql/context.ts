// What every resolver is handed: who asks, resolved once before the operation starts, and what the acts need. It is
// frozen; nothing that an operation does changes what the request came with.

import { type AccountServices, servicesFor } from '../auth/services.js';
import { traced } from '../observability/tracing.js';
import { authenticate } from '../sessions/authenticate.js';
import { type RejectedSession, type SessionOutcome } from '../sessions/types.js';
import { type ClientInfo } from '../users/client.js';
import { type User } from '../users/users.js';
import { createNotes, type RequestNotes } from './requestNotes.js';

export interface Context {
  readonly requestId: string;
  readonly clientInfo: ClientInfo;
  readonly session: SessionOutcome;
  /** The user whose live session the request's token names; null otherwise. */
  readonly user: User | null;
  readonly services: AccountServices;
  /** What a subscription can wait for; null for an operation over HTTP. */
  readonly live: LiveOperation | null;
  /** What is noted of the request for whoever operates the node. */
  readonly notes: RequestNotes;
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
  readonly clientInfo: ClientInfo;
  /** Whether the client has gone, and nobody will read the answer. */
  readonly isAbandoned?: () => boolean;
}

/** The longest that a request may spend on the database besides the look-up, in milliseconds; with it, under 5 s. */
const databaseMs = 3_000;

/**
 * The context of a request over HTTP. Never throws for a bad token, nor for a database that cannot be reached.
 *
 * @param admit whether one more operation of this user may run; the session is unavailable to one that may not
 */
export async function createContext(
  all: AccountServices,
  asker: Asker,
  notes: RequestNotes,
  admit: (userId: string) => boolean,
): Promise<Context> {
  const startedAt = performance.now();
  const resolved = await traced('session.resolve', () => authenticate(all, asker.bearer));
  const session: SessionOutcome =
    resolved.kind === 'active' && !admit(resolved.user.id) ? { kind: 'unavailable' } : resolved;
  notes.session = session;
  notes.sessionMs = performance.now() - startedAt;
  return new RequestContext(asker, session, new BoundedServices(all, asker), notes);
}

/** The context of a subscription, which goes on for longer than any request may. Never throws either. */
export async function createLiveContext(
  services: AccountServices,
  asker: Asker,
  live: LiveOperation,
): Promise<Context> {
  const { requestId, clientInfo, bearer } = asker;
  const session = await traced('session.resolve', () => authenticate(services, bearer));
  const user = userOf(session);
  return Object.freeze({
    requestId,
    clientInfo,
    session,
    user,
    services,
    live,
    notes: createNotes(),
  });
}

/**
 * The context of one request. Apollo executes with a shallow copy, hence the class: the copy has the getter too. It is
 * frozen there (see observe.ts).
 */
class RequestContext implements Context {
  readonly requestId: string;
  readonly clientInfo: ClientInfo;
  readonly session: SessionOutcome;
  readonly user: User | null;
  readonly live = null;
  readonly notes: RequestNotes;
  readonly bounded: BoundedServices;

  constructor(asker: Asker, session: SessionOutcome, bounded: BoundedServices, notes: RequestNotes) {
    this.requestId = asker.requestId;
    this.clientInfo = asker.clientInfo;
    this.session = session;
    this.user = userOf(session);
    this.notes = notes;
    this.bounded = bounded;
  }

  get services(): AccountServices {
    return this.bounded.get();
  }
}

/** The services for one request: with the time that it has, and served in turn with other networks; made when an act asks for them, since most requests need none. */
class BoundedServices {
  readonly #all: AccountServices;
  readonly #asker: Asker;
  #bounded: AccountServices | null = null;

  constructor(all: AccountServices, asker: Asker) {
    this.#all = all;
    this.#asker = asker;
  }

  get(): AccountServices {
    return (this.#bounded ??= servicesFor(
      this.#all,
      this.#asker.clientInfo,
      databaseMs,
      this.#asker.isAbandoned,
    ));
  }
}

function userOf(session: SessionOutcome): User | null {
  return session.kind === 'active' ? session.user : null;
}
