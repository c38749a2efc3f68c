// The context that a host's resolvers get from a remote Hufu, and the guards: their names and errors are the package's own.

import { rejection, stepUpRequired } from '../graphql/errors.js';
import { isFresh, hasRequiredFactors, maxProofAgeSeconds } from '../sessions/freshness.js';
import type { Freshness } from '../sessions/freshness.js';
import type { ClientInfo } from '../users/types.js';
import type { RemoteOutcome, RemoteSession, RemoteUser } from './outcome.js';

/** The part of a host's context that is Hufu's. It may be spread into another object. */
export interface HostContext {
  readonly hufu: RemoteContext;
  /** The same as `hufu.user`. */
  readonly user: RemoteUser | null;
}

/** A class, since servers copy contexts: a guard knows it again. */
export class RemoteContext {
  readonly requestId: string;
  /** The outcome of authentication: anonymous, rejected with its reason, active or unavailable. */
  readonly session: RemoteOutcome;
  /** The user of an active session; null otherwise. */
  readonly user: RemoteUser | null;
  readonly clientInfo: ClientInfo;

  constructor(
    { requestId, clientInfo }: { readonly requestId: string; readonly clientInfo: ClientInfo },
    session: RemoteOutcome,
  ) {
    this.requestId = requestId;
    this.clientInfo = clientInfo;
    this.session = session;
    this.user = session.kind === 'active' ? session.user : null;
    Object.freeze(this);
  }
}

/**
 * Returns the signed-in user.
 *
 * @throws GraphQLError `UNAUTHENTICATED` with the reason, or `SERVICE_UNAVAILABLE` when Hufu cannot tell
 */
export function requireUser(context: Pick<HostContext, 'hufu'>): RemoteUser {
  return requireSession(context).user;
}

/** Returns the signed-in user and the session of the request's token. Throws as {@link requireUser} does. */
export function requireSession(context: Pick<HostContext, 'hufu'>): {
  readonly user: RemoteUser;
  readonly session: RemoteSession;
} {
  const { session } = contextOf(context);
  if (session.kind !== 'active') throw rejection(session);
  return session;
}

/**
 * Returns the signed-in user and the session, if the person has proved a short while ago who they are. A user with a second
 * factor has to have proved that as well.
 *
 * @param needed how old the proof may be, 10 minutes when left out, and of which methods one must have been part of it
 * @throws GraphQLError `STEP_UP_REQUIRED` when the proof is older or weaker, and the errors of {@link requireUser}
 */
export function requireFresh(
  context: Pick<HostContext, 'hufu'>,
  { withinSeconds = maxProofAgeSeconds, factors = [] }: Partial<Freshness> = {},
): ReturnType<typeof requireSession> {
  const { session: outcome } = contextOf(context);
  if (outcome.kind !== 'active') throw rejection(outcome);
  const { session, user } = outcome;
  const isProved = isFresh(session, { withinSeconds, factors }, outcome.now());
  if (!isProved || !hasRequiredFactors(session, user))
    throw stepUpRequired(withinSeconds, factors.length > 0 ? factors : user.methods);
  return { user, session };
}

/** Finds the live session of a host's context; null where there is none, or nothing of Hufu's. */
export function liveSessionOf(context: unknown): RemoteSession | null {
  const hufu = hufuIn(context);
  return hufu instanceof RemoteContext && hufu.session.kind === 'active' ? hufu.session.session : null;
}

/** Finds Hufu's part of a host's context. */
function contextOf(context: unknown): RemoteContext {
  const hufu = hufuIn(context);
  if (hufu instanceof RemoteContext) return hufu;
  throw new Error(
    'The context has no `hufu`. Spread what hufu.context(request) resolves to: { ...(await hufu.context(request)) }.',
  );
}

/** Reads the property `hufu` of a host's context, which may be anything. */
function hufuIn(context: unknown): unknown {
  return typeof context === 'object' && context !== null && 'hufu' in context ? context.hufu : undefined;
}
