import { type User } from '../users/users.js';
import { type Context } from './context.js';
import { userNode, type UserNode } from './mappers.js';

/**
 * The user whom a link was for. Whoever clicks one that was mailed to a mistyped address is not that user: the sessions
 * are shown only to the very user whom the request's token names.
 */
export function linkedUser({ session }: Context, user: User): UserNode {
  const isAsker = session.kind === 'active' && session.user.id === user.id;
  return userNode(user, isAsker ? session.session.id : null);
}
