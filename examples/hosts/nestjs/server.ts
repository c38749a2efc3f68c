import 'reflect-metadata';

import { type IncomingMessage } from 'node:http';

import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { GraphQLModule, type GraphQLWsSubscriptionsConfig } from '@nestjs/graphql';
import { createHufu, type Hufu, type HufuOptions } from 'hufu';

import { own } from '../orders.js';
import { RefusalFilter } from './auth.js';
import { OrdersResolver } from './orders.js';

const HUFU = Symbol('Hufu');

const graphql = GraphQLModule.forRootAsync<ApolloDriverConfig>({
  driver: ApolloDriver,
  inject: [HUFU],
  useFactory: (hufu: Hufu) => ({
    typeDefs: [hufu.typeDefs, own.typeDefs],
    resolvers: hufu.resolvers,
    plugins: [hufu.plugin],
    validationRules: [...hufu.validationRules],
    context: ({ req }: { readonly req: IncomingMessage }) => hufu.context(req),
    // Nest passes every hook on, although its type names only some.
    subscriptions: { 'graphql-ws': hufu.ws as GraphQLWsSubscriptionsConfig },
  }),
});

@Module({})
class AppModule implements OnApplicationShutdown {
  readonly #hufu: Hufu;

  constructor(@Inject(HUFU) hufu: Hufu) {
    this.#hufu = hufu;
  }

  static with(options: HufuOptions): DynamicModule {
    return {
      module: AppModule,
      global: true,
      imports: [graphql],
      providers: [
        { provide: HUFU, useFactory: () => createHufu(options) },
        { provide: APP_FILTER, useClass: RefusalFilter },
        OrdersResolver,
      ],
      exports: [HUFU],
    };
  }

  /** Nest calls this once its server has stopped. */
  onApplicationShutdown() {
    return this.#hufu.stop();
  }
}

export async function start(options: HufuOptions, port: number) {
  const app = await NestFactory.create(AppModule.with(options));
  await app.listen(port);
  return { url: `${await app.getUrl()}/`, stop: () => app.close() };
}
