import { randomUUID } from 'node:crypto';

import { eq } from 'drizzle-orm';

import { type CreateTeam } from '../../src/app.js';
import { type Context, requireUser } from '../../src/graphql/context.js';
import { notes } from './tables.js';

export const createTeam: CreateTeam = (settings) => ({
  resolvers: {
    Query: {
      // Throws UNAUTHENTICATED, with the reason, for a request without a live session.
      greeting: (_parent: unknown, _args: unknown, context: Context) =>
        `${settings['TEAM_GREETING'] ?? 'Hello'}, ${requireUser(context).email}`,
      // Open to all: `context.user` is null for a request without a live session.
      welcome: (_parent: unknown, _args: unknown, context: Context) =>
        context.user === null ? 'Hello, stranger' : 'Welcome back',
    },
    Mutation: {
      addNote: async (_parent: unknown, { text }: { readonly text: string }, context: Context) => {
        const note = { id: randomUUID(), userId: requireUser(context).id, text };
        await context.services.database.transact((tx) => tx.insert(notes).values(note));
        return note;
      },
    },
    User: {
      notes: ({ id }: { readonly id: string }, _args: unknown, { services }: Context) =>
        services.database.read((db) => db.select().from(notes).where(eq(notes.userId, id))),
    },
  },
  on: {
    async deleted(tx, userId) {
      await tx.delete(notes).where(eq(notes.userId, userId));
    },
  },
});
