// The context of a host's resolvers: `context.hufu`, one frozen object, and `context.user`.

import { type AccountServices } from '../auth/services.js';
import {
  createContext,
  RequestContext,
  requireFresh as requireFreshOf,
  requireSession as requireSessionOf,
  type SubscriptionEvents,
} from '../graphql/context.js';
import { createNotes } from '../graphql/telemetry.js';
import { type Freshness } from '../sessions/freshness.js';
import { type Session, type SessionOutcome } from '../sessions/types.js';
import { type ClientInfo, type User } from '../users/types.js';
import { type PlainRequest } from './hostRequest.js';

/** The client of a request, authenticated once before the operation. */
export interface HufuContext {
  /** The request's id in the log and in the error of a fault. */
  readonly requestId: string;
  /** The outcome of authentication: anonymous, rejected with its reason, active or unavailable. */
  readonly session: SessionOutcome;
  /** The user of an active session; null otherwise. */
  readonly user: User | null;
  readonly clientInfo: ClientInfo;
}

/** The part of a host's context that is Hufu's. It may be spread into another object. */
export interface HostContext {
  readonly hufu: HufuContext;
  /** The same as `hufu.user`. */
  readonly user: User | null;
}

/** Makes the context of one operation. Never throws, neither for a bad token nor for a database that cannot be reached. */
export async function createHostContext(
  services: AccountServices,
  request: PlainRequest,
  eventsOf: (session: SessionOutcome) => SubscriptionEvents,
): Promise<HostContext> {
  const hufu = await createContext(services, request, createNotes(), () => true, eventsOf);
  const { session } = hufu;
  if (session.kind === 'rejected') services.metrics.count('rejected_tokens', { reason: session.reason });
  return { hufu: Object.freeze(hufu), user: hufu.user };
}

/**
 * Returns the signed-in user.
 *
 * @throws GraphQLError `UNAUTHENTICATED` with the reason, or `SERVICE_UNAVAILABLE` when the database cannot tell
 */
export function requireUser(context: Pick<HostContext, 'hufu'>): User {
  return requireSession(context).user;
}

/** Returns the signed-in user and the session of the request's token. Throws as {@link requireUser} does. */
export function requireSession(context: Pick<HostContext, 'hufu'>): {
  readonly user: User;
  readonly session: Session;
} {
  return requireSessionOf(contextOf(context));
}

/**
 * Returns the signed-in user and the session, if the person has proved a short while ago who they are.
 *
 * @param needed how old the proof may be, 10 minutes when left out, and of which methods one must have been part of it
 * @throws GraphQLError `STEP_UP_REQUIRED` when the proof is older or weaker, and the errors of {@link requireUser}
 */
export function requireFresh(
  context: Pick<HostContext, 'hufu'>,
  needed?: Partial<Freshness>,
): ReturnType<typeof requireSession> {
  return requireFreshOf(contextOf(context), needed);
}

/** Finds the live session of a host's context; null where there is none, or nothing of Hufu's. */
export function liveSessionOf(context: unknown): Session | null {
  const hufu = hufuIn(context);
  return hufu instanceof RequestContext && hufu.session.kind === 'active' ? hufu.session.session : null;
}

/**
 * Finds Hufu's part of a host's context.
 *
 * @throws Error where the context has none, or that of another copy of the package
 */
export function contextOf(context: unknown): RequestContext {
  const hufu = hufuIn(context);
  if (hufu instanceof RequestContext) return hufu;
  throw new Error(
    hufu === undefined
      ? 'The context has no `hufu`. Spread what hufu.context(request) resolves to: { ...(await hufu.context(request)) }.'
      : 'The context has no `hufu` of this copy of the package. Spread what hufu.context(request) resolves to as it is, ' +
          'and see by `npm ls hufu` that one copy is installed.',
  );
}

/** Reads the property `hufu` of a host's context, which may be anything. */
export function hufuIn(context: unknown): unknown {
  return typeof context === 'object' && context !== null && 'hufu' in context ? context.hufu : undefined;
}
