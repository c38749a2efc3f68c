// The user who is signed in, with the account's sessions, factors and events.

import { listSecurityEvents } from '../../audit/events.js';
import { listPasskeys } from '../../auth/factors/passkeys.js';
import { countRecoveryCodes, readFactors } from '../../auth/factors/factors.js';
import { listIdentities } from '../../auth/providers/identities.js';
import { uuidBytes, uuidOf } from '../../common/uuid.js';
import { type Page } from '../../db/queries.js';
import { listLiveSessions, listSessionHistory } from '../../sessions/live.js';
import { type Context, requireSession } from '../context.js';
import { badUserInput, forbidden } from '../errors.js';
import { type QueryResolvers, type UserResolvers } from '../generated.js';
import { sessionNode, userNode, type UserNode } from '../results.js';

export const userQueries = {
  me(_parent, _args, context) {
    const { user, session } = requireSession(context);
    return userNode(user, session.id);
  },
} satisfies QueryResolvers;

/** Passkeys, sessions and events are shown to the user alone, not to a person who got hold of one of the user's links. */
export const User: UserResolvers = {
  emailVerified: ({ emailVerifiedAt }) => emailVerifiedAt instanceof Date,
  hasPassword: ({ methods }) => methods.includes('PASSWORD'),

  async passkeys(node, _args, context) {
    requireSelf(node, context);
    return listPasskeys(context.services, node.id);
  },

  async factors(node, _args, context) {
    requireSelf(node, context);
    return context.services.database.read((db) => readFactors(db, node.id));
  },

  async recoveryCodesLeft(node, _args, context) {
    requireSelf(node, context);
    return context.services.database.read((db) => countRecoveryCodes(db, node.id));
  },

  async sessions(node, _args, context) {
    const currentId = requireSelf(node, context);
    const live = await listLiveSessions(context.services, node.id);
    return live.map((session) => sessionNode(session, currentId));
  },

  async identities(node, _args, context) {
    requireSelf(node, context);
    return listIdentities(context.services, node.id);
  },

  async history(node, args, context) {
    const currentId = requireSelf(node, context);
    return connectionOf(
      args,
      (page) => listSessionHistory(context.services, { userId: node.id, ...page }),
      (session) => sessionNode(session, currentId),
    );
  },

  async securityEvents(node, args, context) {
    requireSelf(node, context);
    return connectionOf(
      args,
      (page) => listSecurityEvents(context.services, { userId: node.id, ...page }),
      (event) => event,
    );
  },
};

/**
 * Returns the session that the user is signed in with.
 *
 * @param node of a team's own resolver a plain object, which may be any user: the request's token decides then
 * @throws GraphQLError `FORBIDDEN` where that is another user
 */
function requireSelf(
  { id, signedInWith }: Pick<UserNode, 'id'> & Partial<UserNode>,
  { session }: Context,
): string {
  const ofToken = session.kind === 'active' && session.user.id === id ? session.session.id : null;
  const own = signedInWith === undefined ? ofToken : signedInWith;
  if (own === null) throw forbidden('Only the signed-in user may see this.');
  return own;
}

interface PageArguments {
  readonly first: number;
  readonly after?: string | null | undefined;
}

const pageTexts = {
  first: '`first` must be from 1 to 100.',
  after: '`after` must be a cursor of this list.',
} as const;

/**
 * Returns a page of a list that belongs to the user, in the form of the schema's connections. A cursor is opaque to a client and holds
 * the entry's uuid: it stays valid while other entries come and go, and it is valid for no other list.
 *
 * @param read reads the page of so many entries, after the one with this id or from the newest on
 * @param toNode makes the value that resolvers return for an entry
 * @throws GraphQLError `BAD_USER_INPUT` for arguments that are out of range
 */
async function connectionOf<Entry extends { readonly id: string }, Node>(
  { first, after }: PageArguments,
  read: (page: { readonly first: number; readonly after: string | null }) => Promise<Page<Entry>>,
  toNode: (entry: Entry) => Node,
) {
  const start = after == null ? null : parseCursor(after);
  if (after != null && start === null) throw badUserInput(pageTexts.after);
  const page = await read({ first, after: start });
  if (page.kind === 'invalid') throw badUserInput(pageTexts[page.argument]);

  const edges = page.entries.map((entry) => ({ cursor: cursorOf(entry.id), node: toNode(entry) }));
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

/** @param id a uuid */
function cursorOf(id: string): string {
  return uuidBytes(id).toString('base64url');
}

/** Reads the uuid in a cursor; null for any other text than {@link cursorOf} makes. */
function parseCursor(cursor: string): string | null {
  const bytes = Buffer.from(cursor, 'base64url');
  return bytes.length === 16 && bytes.toString('base64url') === cursor ? uuidOf(bytes) : null;
}
