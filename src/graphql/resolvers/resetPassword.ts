import { resetPassword as reset } from '../../auth/resetPassword.js';
import { type MutationResolvers } from '../generated.js';
import { linkedUser } from '../linkedUser.js';
import { invalidInput, linkRejected, tooManyAttempts, weakPassword } from '../results.js';

type Resolver = NonNullable<MutationResolvers['resetPassword']>;

export const resetPassword: Resolver = async (_parent, { input }, context) => {
  const outcome = await reset(context.services, input, context.clientInfo);
  switch (outcome.kind) {
    case 'reset':
      return { __typename: 'ResetPasswordSuccess', user: linkedUser(context, outcome.user) };
    case 'limited':
      return tooManyAttempts(context, outcome);
    case 'linkRejected':
      return linkRejected(outcome);
    case 'invalidInput':
      return invalidInput(outcome.issues);
    case 'weakPassword':
      return weakPassword(outcome.suggestions);
  }
};
