// The session look-up of the GraphQL peers: the same tables and tokens as Hufu, the same two fields, and a query that the driver
// prepares for each request.

import { createSecretKey, hkdfSync } from 'node:crypto';

import jsonwebtoken from 'jsonwebtoken';
import postgres from 'postgres';

export const typeDefs = `
  type User { id: ID! email: String! }
  type Query { me: User }
`;

export const resolvers = {
  Query: {
    me: (_parent, _args, { user }) => {
      if (user === null) throw new Error('signed out');
      return user;
    },
  },
};

export const port = Number(process.env.PORT);
export const host = '127.0.0.1';

const sql = postgres(process.env.DATABASE_URL, { max: 10, fetch_types: false });
const key = createSecretKey(keyOfSessions(process.env.JWT_SECRET));

/** Derives the key of session tokens from the secret, as Hufu does. */
export function keyOfSessions(secret) {
  return Buffer.from(hkdfSync('sha256', secret, '', 'hufu: session tokens', 32));
}

/** @param authorization the header's value */
export async function userOf(authorization) {
  const { sid } = jsonwebtoken.verify(authorization.slice('Bearer '.length), key, {
    algorithms: ['HS256'],
    issuer: 'hufu',
    audience: 'hufu',
  });
  const [user] = await sql`
    select users.id, users.email from hufu.sessions as sessions join hufu.users as users on users.id = sessions.user_id
    where sessions.id = ${sid} and sessions.ended_at is null and sessions.expires_at > now()`;
  return user ?? null;
}
