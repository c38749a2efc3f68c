// The user: who is signed in, and what the account has been used for.

import { listSecurityEvents } from '../../audit/events.js';
import { listLiveSessions, listSessionHistory } from '../../sessions/list.js';
import { requireSession } from '../context.js';
import { forbidden } from '../errors.js';
import { type QueryResolvers, type UserResolvers } from '../generated.js';
import { sessionNode, userNode, type UserNode } from '../mappers.js';
import { connectionOf } from '../pagination.js';

export const userQueries = {
  me(_parent, _args, context) {
    const { user, session } = requireSession(context);
    return userNode(user, session.id);
  },
} satisfies QueryResolvers;

/** Sessions and events are shown to the user alone, not to a person who got hold of one of the user's links. */
export const User: UserResolvers = {
  id: ({ value }) => value.id,
  email: ({ value }) => value.email,
  emailVerified: ({ value }) => value.emailVerifiedAt !== null,
  createdAt: ({ value }) => value.createdAt,
  lastLoginAt: ({ value }) => value.lastLoginAt,

  async sessions(node, _args, { services }) {
    const currentId = requireSelf(node);
    const live = await listLiveSessions(services, node.value.id);
    return live.map((session) => sessionNode(session, currentId));
  },

  async history(node, args, { services }) {
    const currentId = requireSelf(node);
    return connectionOf(
      args,
      (page) => listSessionHistory(services, { userId: node.value.id, ...page }),
      (session) => sessionNode(session, currentId),
    );
  },

  async securityEvents(node, args, { services }) {
    requireSelf(node);
    return connectionOf(
      args,
      (page) => listSecurityEvents(services, { userId: node.value.id, ...page }),
      (event) => event,
    );
  },
};

function requireSelf({ signedInWith }: UserNode): string {
  if (signedInWith === null) throw forbidden('Only the signed-in user may see their sessions and events.');
  return signedInWith;
}
