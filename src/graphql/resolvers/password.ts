// Passwords: change by the old one, reset by an emailed link.

import { changePassword } from '../../auth/changePassword.js';
import { resetPassword } from '../../auth/resetPassword.js';
import { requestByEmail } from '../../auth/verifyEmail.js';
import { requireSession } from '../context.js';
import { type MutationResolvers } from '../generated.js';
import { linkedUserNode, sessionNode, signedInFields } from '../mappers.js';
import { toProblem } from '../results.js';

export const passwordMutations = {
  async changePassword(_parent, { input }, context) {
    const caller = requireSession(context);
    const outcome = await changePassword(context.services, caller, input, context.clientInfo);
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    const endedSessions = outcome.ended.map((one) => sessionNode(one, outcome.session.id));
    return { __typename: 'ChangePasswordSuccess', ...signedInFields(outcome), endedSessions };
  },

  async requestPasswordReset(_parent, { input }, context) {
    const { services, clientInfo } = context;
    const outcome = await requestByEmail(services, 'resetPassword', input.email, clientInfo);
    if (outcome.kind !== 'emailRequested') return toProblem(context, outcome);
    return { __typename: 'EmailRequested', to: outcome.to };
  },

  async resetPassword(_parent, { input }, context) {
    const outcome = await resetPassword(context.services, input, context.clientInfo);
    if (outcome.kind !== 'reset') return toProblem(context, outcome);
    return { __typename: 'ResetPasswordSuccess', user: linkedUserNode(context, outcome.user) };
  },
} satisfies MutationResolvers;
