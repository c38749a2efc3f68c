import { endSession as end } from '../../sessions/revoke.js';
import { requireSession } from '../requireUser.js';
import { rejection } from '../errors.js';
import { type MutationResolvers } from '../generated.js';
import { sessionNode } from '../mappers.js';
import { sessionNotFound } from '../results.js';

export const endSession: NonNullable<MutationResolvers['endSession']> = async (
  _parent,
  { input },
  context,
) => {
  const own = requireSession(context).session;
  const outcome = await end(context.services, own, input.id, context.clientInfo);
  if (outcome.kind === 'signedOut') throw rejection(outcome.outcome);
  if (outcome.kind === 'notFound') return sessionNotFound;
  return { __typename: 'EndSessionSuccess', session: sessionNode(outcome.session, own.id) };
};
