import { listSecurityEvents } from '../../audit/events.js';
import { listLiveSessions, listSessionHistory } from '../../sessions/list.js';
import { forbidden } from '../errors.js';
import { type UserResolvers } from '../generated.js';
import { sessionNode, type UserNode } from '../mappers.js';
import { connectionOf } from '../pagination.js';

/** An account; what it has been used for is for the user alone, not for whoever got to hold one of their links. */
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
