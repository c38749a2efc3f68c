// The Retry-After header (RFC 9110 section 10.2.3) of an answer in which something was refused for too many attempts,
// whether it says so as data or as an error.

import { type ApolloServerPlugin } from '@apollo/server';

import { type Context } from './context.js';

const moments = new WeakMap<Context, Date>();

/** Notes that something of the request can be tried again from then on; of several moments the latest is told. */
export function noteRetry(context: Context, retryAt: Date): void {
  const known = moments.get(context);
  if (known === undefined || known < retryAt) moments.set(context, retryAt);
}

export const retryAfter: ApolloServerPlugin<Context> = {
  requestDidStart: () => Promise.resolve({ willSendResponse }),
};

const willSendResponse = ({ contextValue, response }: WillSend) => {
  const retryAt = moments.get(contextValue);
  if (retryAt === undefined) return Promise.resolve();
  const seconds = Math.ceil((retryAt.getTime() - contextValue.services.clock.now().getTime()) / 1_000);
  response.http.headers.set('retry-after', String(Math.max(1, seconds)));
  return Promise.resolve();
};

interface WillSend {
  readonly contextValue: Context;
  readonly response: { readonly http: { readonly headers: Map<string, string> } };
}
