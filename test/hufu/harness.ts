// Starts a Hufu, and a team's server around it.

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { type IResolvers } from '@graphql-tools/utils';

import { createHufu, type HostContext, type Hufu, type HufuOptions } from '../../src/index.js';
import { readyDatabase, type TestDatabase } from '../support/database.js';
import { testSecret } from '../support/settings.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

/** A log that writes nothing. */
export const silent = { error: () => undefined, warn: () => undefined, info: () => undefined };

/** Gives options with the database of a test file, as a team would write them. */
export function hufuOptions(database: TestDatabase, more: HufuOptions = {}): HufuOptions {
  const { DATABASE_URL: url = null, DATA_DIR: dataDir = null } = database.env;
  return {
    environment: 'test',
    tokens: { secret: testSecret },
    rateLimits: null,
    log: silent,
    ...more,
    database: { url, dataDir },
  };
}

/** Starts a Hufu, and stops it when the file ends. */
export async function startHufu(more: HufuOptions = {}, database?: TestDatabase): Promise<Hufu> {
  const hufu = await createHufu(hufuOptions(database ?? (await readyDatabase()), more));
  whenFileEnds(() => hufu.stop());
  return hufu;
}

export interface HostParts {
  readonly typeDefs: string;
  readonly resolvers: IResolvers;
}

/** Starts Apollo's standalone server with Hufu in its schema, and gives its URL. */
export async function startHost(hufu: Hufu, { typeDefs, resolvers }: HostParts): Promise<string> {
  const server = new ApolloServer<HostContext>({
    typeDefs: [hufu.typeDefs, typeDefs],
    resolvers: [hufu.resolvers, resolvers],
    plugins: [hufu.plugin],
    validationRules: [...hufu.validationRules],
  });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    // A team adds its own fields to the context.
    context: async ({ req }) => ({ ...(await hufu.context(req)), ofTheTeam: true }),
  });
  whenFileEnds(() => server.stop());
  return url;
}

type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** Gives the ways by which a team passes requests for Hufu's paths on: from Node's http at a site, and as a Fetch request. */
export function waysToAsk(
  hufu: () => Hufu,
  site: () => string,
): readonly (readonly [name: string, ask: Ask])[] {
  return [
    ['node', (path, init) => fetch(`${site()}${path}`, init)],
    [
      'fetch',
      async (path, init) => {
        const answer = await hufu().fetch(new Request(`https://sun.example${path}`, init), {
          ip: '192.0.2.1',
        });
        if (answer === null) throw new Error('passed on');
        return answer;
      },
    ],
  ];
}
