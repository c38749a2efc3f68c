import 'reflect-metadata';

import { type IncomingMessage } from 'node:http';

import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { GraphQLModule, type GraphQLWsSubscriptionsConfig } from '@nestjs/graphql';
import { createRemoteHufu, type RemoteHufu, type RemoteHufuOptions } from 'hufu/remote';

import { RefusalFilter } from '../nestjs/auth.js';
import { OrdersResolver } from '../nestjs/orders.js';
import { own } from '../orders.js';
import { types } from './types.js';

const HUFU = Symbol('Hufu');

const graphql = GraphQLModule.forRootAsync<ApolloDriverConfig>({
  driver: ApolloDriver,
  inject: [HUFU],
  useFactory: (hufu: RemoteHufu) => ({
    typeDefs: [types.typeDefs, own.typeDefs],
    resolvers: types.resolvers,
    context: ({ req }: { readonly req: IncomingMessage }) => hufu.context(req),
    // Nest passes every hook on, although its type names only some.
    subscriptions: { 'graphql-ws': hufu.ws as GraphQLWsSubscriptionsConfig },
  }),
});

@Module({})
class AppModule implements OnApplicationShutdown {
  readonly #hufu: RemoteHufu;

  constructor(@Inject(HUFU) hufu: RemoteHufu) {
    this.#hufu = hufu;
  }

  static with(options: RemoteHufuOptions): DynamicModule {
    return {
      module: AppModule,
      global: true,
      imports: [graphql],
      providers: [
        { provide: HUFU, useFactory: () => createRemoteHufu(options) },
        { provide: APP_FILTER, useClass: RefusalFilter },
        OrdersResolver,
      ],
      exports: [HUFU],
    };
  }

  /** Nest calls this once its server has stopped. */
  onApplicationShutdown() {
    this.#hufu.stop();
  }
}

export async function start(options: RemoteHufuOptions, port: number) {
  const app = await NestFactory.create(AppModule.with(options));
  await app.listen(port);
  return { url: `${await app.getUrl()}/`, stop: () => app.close() };
}
