import { requestByEmail, requestOwnVerification } from '../../auth/verifyEmail.js';
import { badUserInput, rejection } from '../errors.js';
import { type MutationResolvers } from '../generated.js';
import { requireSession } from '../requireUser.js';
import { tooManyAttempts } from '../results.js';

type Resolver = NonNullable<MutationResolvers['requestEmailVerification']>;

/** With an address it is the same for everybody: whether somebody is signed in is not even looked at. */
export const requestEmailVerification: Resolver = async (_parent, { input }, context) => {
  const outcome =
    input == null
      ? await requestOwnVerification(context.services, requireSession(context), context.clientInfo)
      : await requestByEmail(context.services, 'verifyEmail', input.email, context.clientInfo);
  if (outcome.kind === 'signedOut') throw rejection(outcome.outcome);
  if (outcome.kind === 'invalidAddress') throw badUserInput(outcome.message);
  if (outcome.kind === 'limited') return tooManyAttempts(context, outcome);
  return { __typename: 'EmailRequested', to: outcome.to };
};
