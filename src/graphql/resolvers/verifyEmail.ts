import { verifyEmail as verify } from '../../auth/verifyEmail.js';
import { type MutationResolvers } from '../generated.js';
import { rateLimited } from '../errors.js';
import { linkedUser } from '../linkedUser.js';
import { linkRejected } from '../results.js';

export const verifyEmail: NonNullable<MutationResolvers['verifyEmail']> = async (
  _parent,
  { input },
  context,
) => {
  const outcome = await verify(context.services, input.token, context.clientInfo);
  if (outcome.kind === 'limited') throw rateLimited(context, outcome);
  if (outcome.kind === 'linkRejected') return linkRejected(outcome);
  return { __typename: 'VerifyEmailSuccess', user: linkedUser(context, outcome.user) };
};
