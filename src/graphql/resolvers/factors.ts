// Second factors: what a signed-in user sets up, renews and removes.

import {
  confirmTotpEnrolment,
  removeFactor,
  renewRecoveryCodes,
  startTotpEnrolment,
} from '../../auth/factors/manage.js';
import { requireFreshFor, requireSession } from '../context.js';
import { type MutationResolvers } from '../generated.js';
import { toProblem, userNode } from '../results.js';

export const factorMutations = {
  async startTotpEnrolment(_parent, _args, context) {
    const { session } = requireFreshFor(context, 'ADD_TOTP');
    const outcome = await startTotpEnrolment(context.services, session);
    return outcome.kind === 'started' ? outcome : toProblem(context, outcome);
  },

  async confirmTotpEnrolment(_parent, { input }, context) {
    const { session } = requireSession(context);
    const outcome = await confirmTotpEnrolment(context.services, session, input, context.clientInfo);
    if (outcome.kind !== 'confirmed') return toProblem(context, outcome);
    const user = userNode(outcome.user, session.id);
    return { __typename: 'ConfirmTotpEnrolmentSuccess', recoveryCodes: outcome.recoveryCodes, user };
  },

  async removeFactor(_parent, { input }, context) {
    const { session } = requireFreshFor(context, 'REMOVE_FACTOR');
    const outcome = await removeFactor(context.services, session, input.id, context.clientInfo);
    if (outcome.kind !== 'removed') return toProblem(context, outcome);
    return { __typename: 'RemoveFactorSuccess', user: userNode(outcome.user, session.id) };
  },

  async renewRecoveryCodes(_parent, _args, context) {
    const { session } = requireFreshFor(context, 'RENEW_RECOVERY_CODES');
    const outcome = await renewRecoveryCodes(context.services, session, context.clientInfo);
    if (outcome.kind !== 'renewed') return toProblem(context, outcome);
    const user = userNode(outcome.user, session.id);
    return { __typename: 'RenewRecoveryCodesSuccess', recoveryCodes: outcome.recoveryCodes, user };
  },
} satisfies MutationResolvers;
