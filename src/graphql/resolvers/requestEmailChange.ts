import { requestEmailChange as request } from '../../auth/changeEmail.js';
import { rejection } from '../errors.js';
import { type MutationResolvers } from '../generated.js';
import { requireSession } from '../requireUser.js';
import { invalidInput, tooManyAttempts, wrongPassword } from '../results.js';

type Resolver = NonNullable<MutationResolvers['requestEmailChange']>;

export const requestEmailChange: Resolver = async (_parent, { input }, context) => {
  const outcome = await request(context.services, requireSession(context).session, input, context.clientInfo);
  switch (outcome.kind) {
    case 'emailRequested':
      return { __typename: 'EmailRequested', to: outcome.to };
    case 'signedOut':
      throw rejection(outcome.outcome);
    case 'limited':
      return tooManyAttempts(context, outcome);
    case 'invalidCredentials':
      return wrongPassword;
    case 'invalidInput':
      return invalidInput(outcome.issues);
  }
};
