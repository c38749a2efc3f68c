// Sessions: the session of a token, ending sessions, and waiting for the end of one.

import { endOtherSessions, endSession, logout } from '../../sessions/revoke.js';
import { type RejectedSession } from '../../sessions/types.js';
import { requireSession } from '../context.js';
import { badUserInput, rejection } from '../errors.js';
import {
  type MutationResolvers,
  type QueryResolvers,
  type SessionResolvers,
  type SubscriptionResolvers,
} from '../generated.js';
import { sessionNode, toProblem, userNode } from '../results.js';

export const Session: SessionResolvers = {
  current: ({ id, endedAt, currentId }) => endedAt === null && id === currentId,

  async supersededBy({ supersededBy, currentId }, _args, { services }) {
    const found = supersededBy === null ? null : await services.lookup(supersededBy);
    return found === null ? null : sessionNode(found.session, currentId);
  },
};

export const sessionQueries = {
  /** The state of the token. Only a database that cannot be reached is an error. */
  session(_parent, _args, { session }) {
    switch (session.kind) {
      case 'active':
        return sessionNode(session.session, session.session.id);
      case 'anonymous':
        return { __typename: 'SignedOut', reason: 'NO_TOKEN', sessionId: null, at: null, by: null };
      case 'rejected':
        return { __typename: 'SignedOut', ...session };
      case 'unavailable':
        throw rejection(session);
    }
  },
} satisfies QueryResolvers;

const noTickets = { kind: 'audienceNotAllowed' } as const;

export const sessionMutations = {
  /** A token without a live session leaves nothing to end: that is a result, not an error. */
  async logout(_parent, _args, { session, services, clientInfo }) {
    if (session.kind === 'unavailable') throw rejection(session);
    const ended = session.kind === 'active' ? await logout(services, session.session, clientInfo) : null;
    if (ended === null || session.kind !== 'active') return { session: null, user: null };
    return { session: sessionNode(ended, null), user: userNode(session.user, ended.id) };
  },

  async mintTicket(_parent, { input }, context) {
    const { session } = requireSession(context);
    const { tickets, rateLimits, database } = context.services;
    const limited = tickets && (await rateLimits.ticket(database, session.userId));
    const outcome = limited ?? (await (tickets?.mint(session, input.audience) ?? noTickets));
    return outcome.kind === 'minted'
      ? { __typename: 'MintTicketSuccess', ticket: outcome.ticket, expiresAt: outcome.expiresAt }
      : toProblem(context, outcome);
  },

  async endSession(_parent, { input }, context) {
    const { session: own, user } = requireSession(context);
    const outcome = await endSession(context.services, own, input.id, context.clientInfo);
    if (outcome.kind !== 'ended') return toProblem(context, outcome);
    return {
      __typename: 'EndSessionSuccess',
      session: sessionNode(outcome.session, own.id),
      user: userNode(user, own.id),
    };
  },

  async endOtherSessions(_parent, _args, context) {
    const { session: own, user } = requireSession(context);
    const outcome = await endOtherSessions(context.services, own, context.clientInfo);
    if (outcome.kind !== 'ended') return toProblem(context, outcome);
    return {
      sessions: outcome.sessions.map((session) => sessionNode(session, own.id)),
      user: userNode(user, own.id),
    };
  },
} satisfies MutationResolvers;

const needsWebsocket = 'Subscriptions are served over a websocket only.';

export const sessionSubscriptions = {
  /** One event, when the session of the websocket's token ends; then no more. */
  sessionEnded: {
    subscribe: (_parent, _args, { events }) => {
      if (events === null) throw badUserInput(needsWebsocket);
      return events.sessionEnded();
    },
    // Executed over HTTP, a subscription is resolved like a query, and there is no event.
    resolve: (event: { readonly sessionEnded: RejectedSession } | undefined) => {
      if (event === undefined) throw badUserInput(needsWebsocket);
      return event.sessionEnded;
    },
  },
} satisfies SubscriptionResolvers;
