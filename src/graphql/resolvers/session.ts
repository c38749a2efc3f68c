import { rejection } from '../errors.js';
import { type QueryResolvers } from '../generated.js';
import { sessionNode } from '../mappers.js';

/** What the token stands for. Only a database that cannot be reached is an error. */
export const session: NonNullable<QueryResolvers['session']> = (_parent, _args, { session: outcome }) => {
  switch (outcome.kind) {
    case 'active':
      return sessionNode(outcome.session, outcome.session.id);
    case 'anonymous':
      return { __typename: 'SignedOut', reason: 'NO_TOKEN', sessionId: null, at: null, by: null };
    case 'rejected':
      return { __typename: 'SignedOut', ...outcome };
    case 'unavailable':
      throw rejection(outcome);
  }
};
