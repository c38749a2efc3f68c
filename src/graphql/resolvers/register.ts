import { register as registerAccount } from '../../auth/register.js';
import { type MutationResolvers } from '../generated.js';
import { emailTaken, invalidInput, tooManyAttempts, weakPassword } from '../results.js';
import { signedInFields } from '../signedInFields.js';

export const register: NonNullable<MutationResolvers['register']> = async (_parent, { input }, context) => {
  const outcome = await registerAccount(context.services, input, context.clientInfo);
  switch (outcome.kind) {
    case 'signedIn':
      return { __typename: 'RegisterSuccess', ...signedInFields(outcome) };
    case 'verificationRequested':
      return { __typename: 'VerificationRequested', to: input.email };
    case 'limited':
      return tooManyAttempts(context, outcome);
    case 'emailTaken':
      return emailTaken;
    case 'invalidInput':
      return invalidInput(outcome.issues);
    case 'weakPassword':
      return weakPassword(outcome.suggestions);
  }
};
