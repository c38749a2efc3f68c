// A request to /graphql and its response, as plain values; and the context that every resolver gets: the client,
// authenticated once before the operation starts, and the services. The context is frozen: no resolver changes whose
// request it is.

import { type StepUpKind } from '../audit/events.js';
import { type AccountServices, servicesFor } from '../auth/services.js';
import { noteStepUp } from '../auth/stepUp.js';
import { traced } from '../observability/tracing.js';
import { authenticate } from '../sessions/authenticate.js';
import { type Freshness, isFresh, hasRequiredFactors, maxProofAgeSeconds } from '../sessions/freshness.js';
import { type RejectedSession, type Session, type SessionOutcome } from '../sessions/types.js';
import { type ClientInfo, type User } from '../users/types.js';
import { rejection, stepUpRequired } from './errors.js';
import { createNotes, type RequestNotes, type RequestReport } from './telemetry.js';

/** The client of a request over HTTP or a websocket, before authentication. */
export interface Caller {
  readonly requestId: string;
  /** The compact JWT without its scheme; null when none was presented. */
  readonly bearer: string | null;
  readonly clientInfo: ClientInfo;
}

/** The media types of GraphQL over HTTP, as the content-type header has them. */
export type ResponseType =
  'application/json; charset=utf-8' | 'application/graphql-response+json; charset=utf-8';

export interface GraphqlRequest extends Caller {
  readonly method: 'GET' | 'POST';
  /**
   * The few headers that the protocol reads, by their lower-case names. A POST counts as preflighted: its content type
   * has been checked.
   */
  readonly headers: Iterable<readonly [string, string]>;
  /** The query string with its question mark, or an empty text. */
  readonly search: string;
  /** The parsed JSON body; undefined for GET. */
  readonly body: unknown;
  /** The media type of the response, which the client accepts. */
  readonly responseType: ResponseType;
  /** Tells whether the client has disconnected, so that no response can reach it. */
  readonly isAbandoned: () => boolean;
}

export interface GraphqlResponse {
  readonly status: number;
  readonly headers: Iterable<[string, string]>;
  readonly body: string;
  /** The facts about the operation for the request's line in the log; null where no line is written. */
  readonly report: RequestReport | null;
}

export interface Context {
  readonly requestId: string;
  readonly clientInfo: ClientInfo;
  readonly session: SessionOutcome;
  /** The user whose live session the request's token names; null otherwise. */
  readonly user: User | null;
  readonly services: AccountServices;
  /** The events for a subscription; null for an operation over HTTP. */
  readonly events: SubscriptionEvents | null;
  readonly notes: RequestNotes;
}

/** The events that one subscription of a websocket can wait for. */
export interface SubscriptionEvents {
  /** The end of the session that the websocket's token names: one event, then no more. */
  sessionEnded(): AsyncIterable<{ readonly sessionEnded: RejectedSession }>;
}

/**
 * Returns the signed-in user.
 *
 * @throws GraphQLError `UNAUTHENTICATED` with the reason, or `SERVICE_UNAVAILABLE` when the database cannot tell
 */
export function requireUser(context: Context): User {
  return requireSession(context).user;
}

/** Returns the signed-in user and the session of the request's token. Throws as {@link requireUser} does. */
export function requireSession(context: Context): { readonly user: User; readonly session: Session } {
  if (context.session.kind !== 'active') throw rejection(context.session);
  return context.session;
}

/**
 * Returns the signed-in user and the session of the request's token, if the person has proved a short while ago who they
 * are: by signing in, or by `confirmIdentity`. A user with a second factor has to have proved that as well.
 *
 * @param needed how old the proof may be, 10 minutes when left out, and of which methods one must have been part of it
 * @throws GraphQLError `STEP_UP_REQUIRED` when the proof is older or weaker, and the errors of {@link requireUser}
 */
export function requireFresh(
  context: Context,
  { withinSeconds = maxProofAgeSeconds, factors = [] }: Partial<Freshness> = {},
): { readonly user: User; readonly session: Session } {
  const caller = requireSession(context);
  const { session, user } = caller;
  const isProved = isFresh(session, { withinSeconds, factors }, context.services.clock.now());
  if (!isProved || !hasRequiredFactors(session, user))
    throw stepUpRequired(withinSeconds, factors.length > 0 ? factors : user.methods);
  return caller;
}

/**
 * Requires a fresh proof for an act that changes a way in, as {@link requireFresh} does, and records a refusal in the audit
 * trail.
 */
export function requireFreshFor(context: Context, kind: StepUpKind): ReturnType<typeof requireFresh> {
  const { user, session } = requireSession(context);
  try {
    return requireFresh(context);
  } catch (error) {
    noteStepUp(context.services, { kind, user, session, clientInfo: context.clientInfo });
    throw error;
  }
}

/** The parts of a request that a context is made of. */
export type ContextRequest = Caller & Pick<GraphqlRequest, 'isAbandoned'>;

/** How long the acts of one request may use the database, in milliseconds; with the look-up, under 5 s. */
const databaseMs = 3_000;

/**
 * Makes the context of a request over HTTP. Never throws, neither for a bad token nor for a database that cannot be
 * reached.
 *
 * @param admit tells whether one more operation of this user may run; if not, the session is `unavailable`
 * @param eventsOf makes the events that its subscriptions wait for
 */
export async function createContext(
  services: AccountServices,
  request: ContextRequest,
  notes: RequestNotes,
  admit: (userId: string) => boolean,
  eventsOf: (session: SessionOutcome) => SubscriptionEvents | null = noEvents,
): Promise<RequestContext> {
  const startedAt = performance.now();
  const found = await traced('session.resolve', () => authenticate(services, request.bearer));
  const session: SessionOutcome =
    found.kind === 'active' && !admit(found.user.id) ? { kind: 'unavailable' } : found;
  notes.session = session;
  notes.sessionMs = performance.now() - startedAt;
  return new RequestContext(request, session, {
    services: new RequestServices(services, request, databaseMs),
    notes,
    events: eventsOf(session),
  });
}

const noEvents = () => null;

/** Makes the context of a subscription, which has no time limit. Never throws either. */
export async function createSubscriptionContext(
  services: AccountServices,
  { requestId, clientInfo, bearer }: Caller,
  events: SubscriptionEvents,
): Promise<Context> {
  const session = await traced('session.resolve', () => authenticate(services, bearer));
  const user = userOf(session);
  return Object.freeze({ requestId, clientInfo, session, user, services, events, notes: createNotes() });
}

interface RequestParts {
  readonly services: RequestServices;
  readonly notes: RequestNotes;
  readonly events: SubscriptionEvents | null;
}

/** A class, since Apollo Server copies the context (see apollo.ts): the getter stays a getter in the copy. */
export class RequestContext implements Context {
  readonly requestId: string;
  readonly clientInfo: ClientInfo;
  readonly session: SessionOutcome;
  readonly user: User | null;
  readonly events: SubscriptionEvents | null;
  readonly notes: RequestNotes;
  readonly requestServices: RequestServices;

  constructor(
    caller: Omit<Caller, 'bearer'>,
    session: SessionOutcome,
    { services, notes, events }: RequestParts,
  ) {
    this.requestId = caller.requestId;
    this.clientInfo = caller.clientInfo;
    this.session = session;
    this.user = userOf(session);
    this.notes = notes;
    this.events = events;
    this.requestServices = services;
  }

  get services(): AccountServices {
    return this.requestServices.get();
  }

  /** Makes the same context for a subscription: each of its steps has a time limit, and all together have none. */
  lasting(): RequestContext {
    const { session, requestServices, notes, events } = this;
    return new RequestContext(this, session, { services: requestServices.lasting(), notes, events });
  }
}

/** The services with the limits of one request. They are made on first use, since most requests need none. */
class RequestServices {
  readonly #all: AccountServices;
  readonly #request: ContextRequest;
  readonly #withinMs: number;
  #limited: AccountServices | null = null;
  #lasting: RequestServices | null = null;

  constructor(all: AccountServices, request: ContextRequest, withinMs: number) {
    this.#all = all;
    this.#request = request;
    this.#withinMs = withinMs;
  }

  get(): AccountServices {
    const { clientInfo, isAbandoned } = this.#request;
    return (this.#limited ??= servicesFor(this.#all, clientInfo, this.#withinMs, isAbandoned));
  }

  lasting(): RequestServices {
    return (this.#lasting ??= new RequestServices(this.#all, this.#request, Infinity));
  }
}

function userOf(session: SessionOutcome): User | null {
  return session.kind === 'active' ? session.user : null;
}
