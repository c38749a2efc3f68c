// E-mail addresses: verify by an emailed link, change by one.

import { confirmEmailChange, requestEmailChange } from '../../auth/changeEmail.js';
import { requestByEmail, requestOwnVerification, verifyEmail } from '../../auth/verifyEmail.js';
import { requireSession } from '../context.js';
import { type MutationResolvers } from '../generated.js';
import { linkedUserNode } from '../mappers.js';
import { toProblem } from '../results.js';

export const emailMutations = {
  /** With an e-mail address as input the request's token is ignored: the result is the same for everyone. */
  async requestEmailVerification(_parent, { input }, context) {
    const { services, clientInfo } = context;
    const outcome =
      input == null
        ? await requestOwnVerification(services, requireSession(context), clientInfo)
        : await requestByEmail(services, 'verifyEmail', input.email, clientInfo);
    if (outcome.kind !== 'emailRequested') return toProblem(context, outcome);
    return { __typename: 'EmailRequested', to: outcome.to };
  },

  async verifyEmail(_parent, { input }, context) {
    const outcome = await verifyEmail(context.services, input.token, context.clientInfo);
    if (outcome.kind !== 'verified') return toProblem(context, outcome);
    return { __typename: 'VerifyEmailSuccess', user: linkedUserNode(context, outcome.user) };
  },

  async requestEmailChange(_parent, { input }, context) {
    const { session } = requireSession(context);
    const outcome = await requestEmailChange(context.services, session, input, context.clientInfo);
    if (outcome.kind !== 'emailRequested') return toProblem(context, outcome);
    return { __typename: 'EmailRequested', to: outcome.to };
  },

  async confirmEmailChange(_parent, { input }, context) {
    const outcome = await confirmEmailChange(context.services, input.token, context.clientInfo);
    if (outcome.kind !== 'changed') return toProblem(context, outcome);
    return { __typename: 'ConfirmEmailChangeSuccess', user: linkedUserNode(context, outcome.user) };
  },
} satisfies MutationResolvers;
