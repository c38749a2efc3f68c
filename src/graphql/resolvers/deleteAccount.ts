import { deleteAccount as deleteFor } from '../../auth/deleteAccount.js';
import { requireSession } from '../requireUser.js';
import { rejection } from '../errors.js';
import { type MutationResolvers } from '../generated.js';
import { tooManyAttempts, wrongPassword } from '../results.js';

type Resolver = NonNullable<MutationResolvers['deleteAccount']>;

export const deleteAccount: Resolver = async (_parent, { input }, context) => {
  const outcome = await deleteFor(
    context.services,
    requireSession(context).session,
    input.password,
    context.clientInfo,
  );
  if (outcome.kind === 'signedOut') throw rejection(outcome.outcome);
  if (outcome.kind === 'limited') return tooManyAttempts(context, outcome);
  if (outcome.kind === 'invalidCredentials') return wrongPassword;
  return { __typename: 'DeleteAccountSuccess', id: outcome.id };
};
