import { requireSession } from '../requireUser.js';
import { type QueryResolvers } from '../generated.js';
import { userNode } from '../mappers.js';

/** The signed-in user. */
export const me: NonNullable<QueryResolvers['me']> = (_parent, _args, context) => {
  const { user, session } = requireSession(context);
  return userNode(user, session.id);
};
