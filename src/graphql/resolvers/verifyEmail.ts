import { verifyEmail as verify } from '../../auth/verifyEmail.js';
import { type MutationResolvers } from '../generated.js';
import { linkedUser } from '../linkedUser.js';
import { linkRejected, tooManyAttempts } from '../results.js';

export const verifyEmail: NonNullable<MutationResolvers['verifyEmail']> = async (
  _parent,
  { input },
  context,
) => {
  const outcome = await verify(context.services, input.token, context.clientInfo);
  if (outcome.kind === 'limited') return tooManyAttempts(context, outcome);
  if (outcome.kind === 'linkRejected') return linkRejected(outcome);
  return { __typename: 'VerifyEmailSuccess', user: linkedUser(context, outcome.user) };
};
