import { listLiveSessions, listSessionHistory, type SessionPage } from '../../sessions/list.js';
import { cursorOf, parseCursor } from '../cursor.js';
import { badUserInput, forbidden } from '../errors.js';
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

  async history(node, { first, after }, { services }) {
    const currentId = requireSelf(node);
    const start = after == null ? null : parseCursor(after);
    if (after != null && start === null) throw badUserInput(pageTexts.after);
    const page = await listSessionHistory(services, node.value.id, first, start);
    if (page.kind === 'invalid') throw badUserInput(pageTexts[page.argument]);
    return connection(page, currentId);
  },
};

const pageTexts = {
  first: '`first` must be from 1 to 100.',
  after: '`after` must be a cursor of this history.',
} as const;

function requireSelf({ signedInWith }: UserNode): string {
  if (signedInWith === null) throw forbidden('Only the signed-in user may see their sessions.');
  return signedInWith;
}

function connection(page: SessionPage & { kind: 'page' }, currentId: string) {
  const edges = page.sessions.map((session) => ({
    cursor: cursorOf(session.id),
    node: sessionNode(session, currentId),
  }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
