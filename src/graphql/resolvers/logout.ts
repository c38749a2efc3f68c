import { logout as endSession } from '../../sessions/revoke.js';
import { rejection } from '../errors.js';
import { type MutationResolvers } from '../generated.js';
import { sessionNode, userNode } from '../mappers.js';

/** A token that does not stand leaves nothing to end: that is an answer, not an error. */
export const logout: NonNullable<MutationResolvers['logout']> = async (
  _parent,
  _args,
  { session, services, clientInfo },
) => {
  if (session.kind === 'unavailable') throw rejection(session);
  const ended = session.kind === 'active' ? await endSession(services, session.session, clientInfo) : null;
  if (ended === null || session.kind !== 'active') return { session: null, user: null };
  return { session: sessionNode(ended, null), user: userNode(session.user, ended.id) };
};
