// Providers: sign in with one, link an identity to the account, unlink it.

import { completeIdentityLink, unlinkIdentity } from '../../auth/providers/link.js';
import { completeProviderLogin } from '../../auth/providers/login.js';
import { startIdentityLink, startProviderLogin } from '../../auth/providers/start.js';
import { requireFreshFor, requireSession } from '../context.js';
import { type MutationResolvers, type QueryResolvers } from '../generated.js';
import { loginFields, signedInFields, toProblem, userNode } from '../results.js';

export const providerQueries = {
  providers: (_parent, _args, { services }) => services.providers.list.map(({ id }) => ({ id })),
} satisfies QueryResolvers;

export const providerMutations = {
  async startProviderLogin(_parent, { input }, context) {
    const outcome = await startProviderLogin(context.services, input, context.clientInfo);
    if (outcome.kind !== 'started') return toProblem(context, outcome);
    return {
      __typename: 'ProviderLoginStarted',
      url: outcome.url,
      challenge: { ...outcome.challenge, factors: [] },
    };
  },

  async completeProviderLogin(_parent, { input }, context) {
    const outcome = await completeProviderLogin(context.services, input, context.clientInfo);
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    if (outcome.isNew) return { __typename: 'RegisterSuccess', ...signedInFields(outcome) };
    return { __typename: 'LoginSuccess', ...loginFields(outcome) };
  },

  async startIdentityLink(_parent, { input }, context) {
    const { session } = requireFreshFor(context, 'LINK_IDENTITY');
    const outcome = await startIdentityLink(context.services, session, input, context.clientInfo);
    if (outcome.kind !== 'started') return toProblem(context, outcome);
    return {
      __typename: 'IdentityLinkStarted',
      url: outcome.url,
      challenge: { ...outcome.challenge, factors: [] },
    };
  },

  async completeIdentityLink(_parent, { input }, context) {
    const { session, user } = requireSession(context);
    const outcome = await completeIdentityLink(context.services, session, input, context.clientInfo);
    if (outcome.kind !== 'linked') return toProblem(context, outcome);
    return { __typename: 'IdentityLinked', identity: outcome.identity, user: userNode(user, session.id) };
  },

  async unlinkIdentity(_parent, { input }, context) {
    const { session, user } = requireFreshFor(context, 'UNLINK_IDENTITY');
    const outcome = await unlinkIdentity(context.services, session, input.id, context.clientInfo);
    if (outcome.kind !== 'unlinked') return toProblem(context, outcome);
    return { __typename: 'IdentityUnlinked', user: userNode(user, session.id) };
  },
} satisfies MutationResolvers;
