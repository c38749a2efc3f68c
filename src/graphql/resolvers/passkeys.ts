// Passkeys: add, rename, and sign in with one.

import {
  completePasskeyRegistration,
  renamePasskey,
  startPasskeyRegistration,
} from '../../auth/factors/passkeys.js';
import { requireSession } from '../context.js';
import { type MutationResolvers } from '../generated.js';
import { toProblem, userNode } from '../results.js';

export const passkeyMutations = {
  async startPasskeyRegistration(_parent, _args, context) {
    const { session } = requireSession(context);
    const outcome = await startPasskeyRegistration(context.services, session, context.clientInfo);
    if (outcome.kind !== 'started') return toProblem(context, outcome);
    const challenge = { ...outcome.challenge, factors: ['PASSKEY'] } as const;
    return { __typename: 'PasskeyRegistrationStarted', challenge, options: outcome.options };
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
} satisfies Partial<MutationResolvers>;
