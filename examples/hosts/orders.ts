// A team's own part of the schema, the same in every host.

import { EventEmitter, on } from 'node:events';

import { type HostContext, requireUser, type User } from 'hufu';

const orders = new Map<string, readonly string[]>();
const placed = new EventEmitter();

export const ordersOf = ({ id }: Pick<User, 'id'>) => orders.get(id) ?? [];

export const ordersAsPlaced = ({ id }: Pick<User, 'id'>) => on(placed, id);

export function placeOrder(user: User, item: string): User {
  orders.set(user.id, [...ordersOf(user), item]);
  placed.emit(user.id, item);
  return user;
}

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
      orders: ordersOf,
    },
    Mutation: {
      // Throws UNAUTHENTICATED, with the reason, for a request without a live session.
      placeOrder: (_parent: unknown, { item }: { readonly item: string }, context: HostContext) =>
        placeOrder(requireUser(context), item),
    },
    Subscription: {
      orderPlaced: {
        subscribe: (_parent: unknown, _args: unknown, context: HostContext) =>
          ordersAsPlaced(requireUser(context)),
        resolve: ([item]: readonly [string]) => item,
      },
    },
  },
};
