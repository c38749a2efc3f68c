import { type HostContext, requireUser } from 'hufu/remote';

/** What `own` extends. With the package, these types are Hufu's. */
export const types = {
  typeDefs: `
    type User {
      id: ID!
      email: String!
    }
    type Query {
      me: User
    }
    type Mutation
    type Subscription
  `,
  resolvers: {
    Query: {
      me: (_parent: unknown, _args: unknown, context: HostContext) => requireUser(context),
    },
  },
};
