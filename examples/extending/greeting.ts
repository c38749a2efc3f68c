import { type Context, requireUser } from '../../src/graphql/context.js';

/** Throws UNAUTHENTICATED, with the reason, for a request without a live session. */
export const greeting = (_parent: unknown, _args: unknown, context: Context): string => {
  const user = requireUser(context);
  return `Hello, ${user.email}`;
};

/** Open to all: `context.user` is null for a request without a live session. */
export const welcome = (_parent: unknown, _args: unknown, context: Context): string =>
  context.user === null ? 'Hello, stranger' : 'Welcome back';
