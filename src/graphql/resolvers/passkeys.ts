// Passkeys: add, rename, and sign in with one.

import { startPasskeyConfirmation } from '../../auth/confirmIdentity.js';
import {
  completePasskeyRegistration,
  optionsForSecondFactor,
  renamePasskey,
  startPasskeyRegistration,
} from '../../auth/factors/passkeys.js';
import { completePasskeyLogin, startPasskeyLogin } from '../../auth/passkeyLogin.js';
import { requireFreshFor, requireSession } from '../context.js';
import { type MutationResolvers, type SecondFactorRequiredResolvers } from '../generated.js';
import { sessionNode, signedInFields, toProblem, userNode } from '../results.js';

export const SecondFactorRequired: SecondFactorRequiredResolvers = {
  passkeyOptions: ({ challenge, userId }, _args, { services }) =>
    challenge.factors.includes('PASSKEY') ? optionsForSecondFactor(services, userId, challenge.token) : null,
};

export const passkeyMutations = {
  /** Completing it needs no fresh proof: the device has made the passkey by then. The challenge is bound to the session. */
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
    const superseded = outcome.superseded.map((one) => sessionNode(one, outcome.session.id));
    return { __typename: 'LoginSuccess', ...signedInFields(outcome), superseded };
  },
} satisfies Partial<MutationResolvers>;
