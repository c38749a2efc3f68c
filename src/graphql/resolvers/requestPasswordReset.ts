import { requestByEmail } from '../../auth/verifyEmail.js';
import { badUserInput } from '../errors.js';
import { type MutationResolvers } from '../generated.js';
import { tooManyAttempts } from '../results.js';

type Resolver = NonNullable<MutationResolvers['requestPasswordReset']>;

export const requestPasswordReset: Resolver = async (_parent, { input }, context) => {
  const outcome = await requestByEmail(context.services, 'resetPassword', input.email, context.clientInfo);
  if (outcome.kind === 'invalidAddress') throw badUserInput(outcome.message);
  if (outcome.kind === 'limited') return tooManyAttempts(context, outcome);
  return { __typename: 'EmailRequested', to: outcome.to };
};
