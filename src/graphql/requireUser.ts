// What a resolver calls that needs somebody to be signed in.

import { type Session } from '../sessions/types.js';
import { type User } from '../users/users.js';
import { type Context } from './context.js';
import { rejection } from './errors.js';

/**
 * The signed-in user.
 *
 * @throws GraphQLError `UNAUTHENTICATED` with the reason, or `SERVICE_UNAVAILABLE` when it cannot be known
 */
export function requireUser(context: Context): User {
  return requireSession(context).user;
}

/** The signed-in user and the session that the request came with; throws as {@link requireUser} does. */
export function requireSession(context: Context): { readonly user: User; readonly session: Session } {
  if (context.session.kind !== 'active') throw rejection(context.session);
  return context.session;
}
