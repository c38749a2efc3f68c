// What resolvers hand on for a User and a Session: the domain's value, and what this request may know of it.

import { type Session } from '../sessions/types.js';
import { type User } from '../users/users.js';

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
   * The session that this very user is signed in with, by the request's token or by what it just did. Null where
   * the answer merely names the user: then their sessions are not shown.
   */
  readonly signedInWith: string | null;
}

export function sessionNode(value: Session, currentId: string | null): SessionNode {
  return { __typename: 'Session', value, currentId };
}

export function userNode(value: User, signedInWith: string | null): UserNode {
  return { __typename: 'User', value, signedInWith };
}
