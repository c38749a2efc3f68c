import { endOtherSessions as endOthers } from '../../sessions/revoke.js';
import { requireSession } from '../requireUser.js';
import { rejection } from '../errors.js';
import { type MutationResolvers } from '../generated.js';
import { sessionNode, userNode } from '../mappers.js';

export const endOtherSessions: NonNullable<MutationResolvers['endOtherSessions']> = async (
  _parent,
  _args,
  context,
) => {
  const { session: own, user } = requireSession(context);
  const outcome = await endOthers(context.services, own, context.clientInfo);
  if (outcome.kind === 'signedOut') throw rejection(outcome.outcome);
  return {
    sessions: outcome.sessions.map((session) => sessionNode(session, own.id)),
    user: userNode(user, own.id),
  };
};
