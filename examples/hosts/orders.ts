// A team's own part of the schema, the same in every host.

import { EventEmitter, on } from 'node:events';

import { type HostContext, requireUser } from 'hufu';

const orders = new Map<string, readonly string[]>();
const placed = new EventEmitter();

export const own = {
  typeDefs: `
    extend type User {
      orders: [String!]!
    }
    extend type Mutation {
      placeOrder(item: String!): User!
    }
    extend type Subscription {
      orderPlaced: String!
    }
  `,
  resolvers: {
    User: {
      orders: ({ id }: { readonly id: string }) => orders.get(id) ?? [],
    },
    Mutation: {
      // Throws UNAUTHENTICATED, with the reason, for a request without a live session.
      placeOrder(_parent: unknown, { item }: { readonly item: string }, context: HostContext) {
        const user = requireUser(context);
        orders.set(user.id, [...(orders.get(user.id) ?? []), item]);
        placed.emit(user.id, item);
        return user;
      },
    },
    Subscription: {
      orderPlaced: {
        subscribe: (_parent: unknown, _args: unknown, context: HostContext) =>
          on(placed, requireUser(context).id),
        resolve: ([item]: readonly [string]) => item,
      },
    },
  },
};
