import { endSession as end } from '../../sessions/revoke.js';
import { requireSession } from '../requireUser.js';
import { rejection } from '../errors.js';
import { type MutationResolvers } from '../generated.js';
import { sessionNode, userNode } from '../mappers.js';
import { sessionNotFound } from '../results.js';

export const endSession: NonNullable<MutationResolvers['endSession']> = async (
  _parent,
  { input },
  context,
) => {
  const { session: own, user } = requireSession(context);
  const outcome = await end(context.services, own, input.id, context.clientInfo);
  if (outcome.kind === 'signedOut') throw rejection(outcome.outcome);
  if (outcome.kind === 'notFound') return sessionNotFound;
  return {
    __typename: 'EndSessionSuccess',
    session: sessionNode(outcome.session, own.id),
    user: userNode(user, own.id),
  };
};
