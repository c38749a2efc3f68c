import { endOtherSessions as endOthers } from '../../sessions/revoke.js';
import { requireSession } from '../requireUser.js';
import { rejection } from '../errors.js';
import { type MutationResolvers } from '../generated.js';
import { sessionNode } from '../mappers.js';

export const endOtherSessions: NonNullable<MutationResolvers['endOtherSessions']> = async (
  _parent,
  _args,
  context,
) => {
  const own = requireSession(context).session;
  const outcome = await endOthers(context.services, own, context.clientInfo);
  if (outcome.kind === 'signedOut') throw rejection(outcome.outcome);
  return { sessions: outcome.sessions.map((session) => sessionNode(session, own.id)) };
};
