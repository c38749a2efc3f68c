import { requestByEmail } from '../../auth/requestByEmail.js';
import { badUserInput, rateLimited } from '../errors.js';
import { type MutationResolvers } from '../generated.js';

type Resolver = NonNullable<MutationResolvers['requestPasswordReset']>;

export const requestPasswordReset: Resolver = async (_parent, { input }, context) => {
  const outcome = await requestByEmail(context.services, 'resetPassword', input.email, context.clientInfo);
  if (outcome.kind === 'invalidAddress') throw badUserInput(outcome.message);
  if (outcome.kind === 'limited') throw rateLimited(context, outcome);
  return { to: outcome.to };
};
