import { confirmEmailChange as confirm } from '../../auth/changeEmail.js';
import { type MutationResolvers } from '../generated.js';
import { linkedUser } from '../linkedUser.js';
import { emailTaken, linkRejected, tooManyAttempts } from '../results.js';

type Resolver = NonNullable<MutationResolvers['confirmEmailChange']>;

export const confirmEmailChange: Resolver = async (_parent, { input }, context) => {
  const outcome = await confirm(context.services, input.token, context.clientInfo);
  if (outcome.kind === 'limited') return tooManyAttempts(context, outcome);
  if (outcome.kind === 'linkRejected') return linkRejected(outcome);
  if (outcome.kind === 'emailTaken') return emailTaken;
  return { __typename: 'ConfirmEmailChangeSuccess', user: linkedUser(context, outcome.user) };
};
