import { listLiveSessions, listSessionHistory } from '../../sessions/list.js';
import { connectionOf } from '../connection.js';
import { forbidden } from '../errors.js';
import { type UserResolvers } from '../generated.js';
import { sessionNode, type UserNode } from '../nodes.js';

/** An account; its sessions are for the user alone, not for whoever got to hold one of their links. */
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
};

function requireSelf({ signedInWith }: UserNode): string {
  if (signedInWith === null) throw forbidden('Only the signed-in user may see their sessions.');
  return signedInWith;
}
