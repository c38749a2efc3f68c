// What resolvers return for a User and a Session: the domain's value, and what this request may know of it.

import { type SignedIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type User } from '../users/users.js';
import { type Context } from './context.js';

export interface SessionNode {
  readonly __typename: 'Session';
  readonly value: Session;
  /** The id of the session that the asking device holds from now on; null where it holds none. */
  readonly currentId: string | null;
}

export interface UserNode {
  readonly __typename: 'User';
  readonly value: User;
  /**
   * The session that this very user is signed in with, by the request's token or by the mutation itself. Null where the
   * response only names the user: their sessions are then not shown.
   */
  readonly signedInWith: string | null;
}

export function sessionNode(value: Session, currentId: string | null): SessionNode {
  return { __typename: 'Session', value, currentId };
}

export function userNode(value: User, signedInWith: string | null): UserNode {
  return { __typename: 'User', value, signedInWith };
}

/**
 * The user whom an emailed link was for. A link that went to a mistyped address is clicked by someone else: the sessions
 * are shown only if the request's token names this very user.
 */
export function linkedUserNode({ session }: Context, user: User): UserNode {
  const isCaller = session.kind === 'active' && session.user.id === user.id;
  return userNode(user, isCaller ? session.session.id : null);
}

/** The fields that `RegisterSuccess`, `LoginSuccess` and `ChangePasswordSuccess` have in common. */
export function signedInFields({ token, session, user }: SignedIn) {
  return {
    token,
    expiresAt: session.expiresAt,
    session: sessionNode(session, session.id),
    user: userNode(user, session.id),
  };
}
