import { type SignedIn } from '../sessions/open.js';
import { sessionNode, userNode } from './mappers.js';

/** What `RegisterSuccess` and `LoginSuccess` have in common. */
export function signedInFields({ token, session, user }: SignedIn) {
  return {
    token,
    expiresAt: session.expiresAt,
    session: sessionNode(session, session.id),
    user: userNode(user, session.id),
  };
}
