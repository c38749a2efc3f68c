import { type RejectedSession } from '../../sessions/types.js';
import { badUserInput } from '../errors.js';
import { type SubscriptionResolvers } from '../generated.js';

/** One event, when the session of the socket's token ends; then nothing more. */
export const sessionEnded: NonNullable<SubscriptionResolvers['sessionEnded']> = {
  subscribe: (_parent, _args, { live }) => {
    if (live === null) throw badUserInput('A subscription that is not on a socket cannot be waited for.');
    return live.sessionEnded();
  },
  // Executed over HTTP, a subscription is resolved like a query, and there is no event.
  resolve: (event: { readonly sessionEnded: RejectedSession } | undefined) => {
    if (event === undefined) throw badUserInput('Subscriptions are served over a websocket only.');
    return event.sessionEnded;
  },
};
