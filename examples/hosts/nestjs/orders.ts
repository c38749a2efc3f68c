import { UseGuards } from '@nestjs/common';
import { Args, Mutation, Parent, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { type User } from 'hufu';

import { ordersAsPlaced, ordersOf, placeOrder } from '../orders.js';
import { CurrentUser, HufuGuard } from './auth.js';

@Resolver('User')
export class OrdersResolver {
  @ResolveField()
  orders(@Parent() user: User) {
    return ordersOf(user);
  }

  @Mutation()
  @UseGuards(HufuGuard)
  placeOrder(@CurrentUser() user: User, @Args('item') item: string) {
    return placeOrder(user, item);
  }

  @Subscription('orderPlaced', { resolve: ([item]: readonly [string]) => item })
  @UseGuards(HufuGuard)
  orderPlaced(@CurrentUser() user: User) {
    return ordersAsPlaced(user);
  }
}
