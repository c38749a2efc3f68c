// Apollo on Express as tutorials build it: each request builds Drizzle's relational query, and jsonwebtoken makes a key object from
// the bytes of the key for each request.

import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import { and, eq, gt, isNull, relations } from 'drizzle-orm';
import { pgSchema, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import express from 'express';
import jsonwebtoken from 'jsonwebtoken';
import postgres from 'postgres';

import { host, keyOfSessions, port, resolvers, typeDefs } from './session.js';

const key = keyOfSessions(process.env.JWT_SECRET);

const hufu = pgSchema('hufu');
const users = hufu.table('users', {
  id: uuid('id').primaryKey(),
  email: text('email').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
});
const sessions = hufu.table('sessions', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  endedAt: timestamp('ended_at', { withTimezone: true }),
});
const sessionsRelations = relations(sessions, ({ one }) => ({
  user: one(users, { fields: [sessions.userId], references: [users.id] }),
}));
const db = drizzle(postgres(process.env.DATABASE_URL), { schema: { users, sessions, sessionsRelations } });

const server = new ApolloServer({ typeDefs, resolvers });
await server.start();
const app = express();
app.use(
  '/graphql',
  express.json(),
  expressMiddleware(server, {
    context: async ({ req }) => {
      const { sid } = jsonwebtoken.verify(req.headers.authorization.split(' ')[1], key);
      const session = await db.query.sessions.findFirst({
        where: and(eq(sessions.id, sid), isNull(sessions.endedAt), gt(sessions.expiresAt, new Date())),
        with: { user: true },
      });
      return { user: session?.user ?? null };
    },
  }),
);
app.listen(port, host);
