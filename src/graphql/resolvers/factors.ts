// Second factors and passkeys: a signed-in user adds, renames, renews and removes them, or signs in with a passkey.

import { startPasskeyConfirmation } from '../../auth/confirmIdentity.js';
import {
  confirmTotpEnrolment,
  removeFactor,
  renewRecoveryCodes,
  startTotpEnrolment,
} from '../../auth/factors/manage.js';
import {
  completePasskeyRegistration,
  optionsForSecondFactor,
  renamePasskey,
  startPasskeyRegistration,
} from '../../auth/factors/passkeys.js';
import { completePasskeyLogin, startPasskeyLogin } from '../../auth/passkeyLogin.js';
import { requireFreshFor, requireSession } from '../context.js';
import { type MutationResolvers, type SecondFactorRequiredResolvers } from '../generated.js';
import { loginFields, toProblem, userNode } from '../results.js';

export const SecondFactorRequired: SecondFactorRequiredResolvers = {
  passkeyOptions: ({ challenge, userId }, _args, { services }) =>
    challenge.factors.includes('PASSKEY') ? optionsForSecondFactor(services, userId, challenge.token) : null,
};

export const factorMutations = {
  async startTotpEnrolment(_parent, _args, context) {
    const { session } = requireFreshFor(context, 'ADD_TOTP');
    const outcome = await startTotpEnrolment(context.services, session, context.clientInfo);
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

  /** The completion needs no fresh proof: the device has made the passkey by then. The challenge is bound to the session. */
  async startPasskeyRegistration(_parent, _args, context) {
    const { session } = requireFreshFor(context, 'ADD_PASSKEY');
    const outcome = await startPasskeyRegistration(context.services, session, context.clientInfo);
    if (outcome.kind !== 'started') return toProblem(context, outcome);
    const { challenge, options } = outcome;
    return { __typename: 'PasskeyRegistrationStarted', challenge, options };
  },

  async completePasskeyRegistration(_parent, { input }, context) {
    const { user, session } = requireSession(context);
    const outcome = await completePasskeyRegistration(context.services, session, input, context.clientInfo);
    if (outcome.kind !== 'added') return toProblem(context, outcome);
    return { __typename: 'PasskeyAdded', passkey: outcome.passkey, user: userNode(user, session.id) };
  },

  async renamePasskey(_parent, { input }, context) {
    const { session } = requireSession(context);
    const outcome = await renamePasskey(context.services, session, input, context.clientInfo);
    if (outcome.kind !== 'renamed') return toProblem(context, outcome);
    return { __typename: 'PasskeyRenamed', passkey: outcome.passkey };
  },

  async startPasskeyConfirmation(_parent, _args, context) {
    const { session } = requireSession(context);
    const outcome = await startPasskeyConfirmation(context.services, session, context.clientInfo);
    if (outcome.kind !== 'started') return toProblem(context, outcome);
    const { challenge, options } = outcome;
    return { __typename: 'PasskeyConfirmationStarted', challenge, options };
  },

  async startPasskeyLogin(_parent, _args, context) {
    const outcome = await startPasskeyLogin(context.services, context.clientInfo);
    if (outcome.kind !== 'started') return toProblem(context, outcome);
    const { challenge, options } = outcome;
    return { __typename: 'PasskeyLoginStarted', challenge, options };
  },

  async completePasskeyLogin(_parent, { input }, context) {
    const outcome = await completePasskeyLogin(context.services, input, context.clientInfo);
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    return { __typename: 'LoginSuccess', ...loginFields(outcome) };
  },
} satisfies Partial<MutationResolvers>;
