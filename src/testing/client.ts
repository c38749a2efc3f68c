// A client that sends a user's token: to the team's server, or to Hufu's own operations alone.

import { graphql } from 'graphql';

import { type Hufu } from '../hufu/createHufu.js';

/** The server of the client: a URL, or a handler of Fetch requests such as Yoga's `fetch`. */
export type TestServer = string | ((request: Request) => Response | Promise<Response>);

export interface TestAnswer {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly {
    readonly message: string;
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
}

export interface TestClient {
  /** Sends an operation, and gives its data and errors. */
  send(document: string, variables?: Readonly<Record<string, unknown>>): Promise<TestAnswer>;
}

/** @param headers returns the headers of the next request */
export function createClient(
  server: TestServer,
  headers: () => Readonly<Record<string, string>>,
): TestClient {
  return {
    async send(document: string, variables?: Readonly<Record<string, unknown>>) {
      const request = new Request(typeof server === 'string' ? server : 'http://localhost/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers() },
        body: JSON.stringify({ query: document, variables }),
      });
      const response = await (typeof server === 'string' ? fetch(request) : server(request));
      const { data = null, errors = [] } = (await response.json()) as Partial<TestAnswer>;
      return { data, errors };
    },
  };
}

/** Makes a server of Hufu's own schema. */
export function createOwnServer({ schema, context }: Hufu): TestServer {
  return async (request) => {
    const { query, variables } = (await request.json()) as {
      readonly query: string;
      readonly variables?: Readonly<Record<string, unknown>>;
    };
    const contextValue = await context(request);
    return Response.json(
      await graphql({ schema, source: query, contextValue, ...(variables && { variableValues: variables }) }),
    );
  };
}
