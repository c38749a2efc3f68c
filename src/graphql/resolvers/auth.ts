// Accounts: register, sign in, delete.

import { deleteAccount } from '../../auth/deleteAccount.js';
import { login } from '../../auth/login.js';
import { register } from '../../auth/register.js';
import { requireSession } from '../context.js';
import { type MutationResolvers } from '../generated.js';
import { sessionNode, signedInFields } from '../mappers.js';
import { toProblem } from '../results.js';

export const authMutations = {
  async register(_parent, { input }, context) {
    const outcome = await register(context.services, input, context.clientInfo);
    if (outcome.kind === 'verificationRequested')
      return { __typename: 'VerificationRequested', to: input.email };
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    return { __typename: 'RegisterSuccess', ...signedInFields(outcome) };
  },

  async login(_parent, { input }, context) {
    const outcome = await login(context.services, input, context.clientInfo);
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    const superseded = outcome.superseded.map((one) => sessionNode(one, outcome.session.id));
    return { __typename: 'LoginSuccess', ...signedInFields(outcome), superseded };
  },

  async deleteAccount(_parent, { input }, context) {
    const { session } = requireSession(context);
    const outcome = await deleteAccount(context.services, session, input.password, context.clientInfo);
    if (outcome.kind !== 'deleted') return toProblem(context, outcome);
    return { __typename: 'DeleteAccountSuccess', id: outcome.id };
  },
} satisfies MutationResolvers;
