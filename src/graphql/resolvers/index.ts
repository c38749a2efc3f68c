// Every resolver, by the schema's own names.

import { GraphQLDateTimeISO } from 'graphql-scalars';

import {
  type MutationResolvers,
  type QueryResolvers,
  type Resolvers,
  type SubscriptionResolvers,
} from '../generated.js';
import { authMutations } from './auth.js';
import { emailMutations } from './email.js';
import { passwordMutations } from './password.js';
import { Session, sessionMutations, sessionQueries, sessionSubscriptions } from './session.js';
import { User, userQueries } from './user.js';

export const resolvers = {
  DateTime: GraphQLDateTimeISO,
  Query: { ...userQueries, ...sessionQueries } satisfies Required<QueryResolvers>,
  Mutation: {
    ...authMutations,
    ...passwordMutations,
    ...emailMutations,
    ...sessionMutations,
  } satisfies Required<MutationResolvers>,
  Subscription: sessionSubscriptions satisfies Required<SubscriptionResolvers>,
  User,
  Session,
} satisfies Resolvers;
