// A gateway for the graph of Hufu and the orders: GraphQL Yoga with the parts of Hive Gateway.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { getStitchedSchemaFromSupergraphSdl } from '@graphql-tools/federation';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { createYoga } from 'graphql-yoga';

export interface GatewayOptions {
  readonly hufuUrl: string;
  /** The key of a service account with the scope `subgraph`. */
  readonly hufuKey: string;
  readonly ordersUrl: string;
}

export async function start({ hufuUrl, hufuKey, ordersUrl }: GatewayOptions, port: number) {
  const accounts = await readSubgraph('ACCOUNTS', `${hufuUrl}/subgraph`, `Bearer ${hufuKey}`);
  const orders = await readSubgraph('ORDERS', ordersUrl);
  const { supergraphSdl, errors = [] } = composeServices([accounts, orders]);
  if (supergraphSdl === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));

  const schema = getStitchedSchemaFromSupergraphSdl({
    supergraphSdl,
    // Hufu gets the gateway's key, and every other subgraph the client's token.
    httpExecutorOpts: ({ name }) => ({
      headers: (execution): Record<string, string> =>
        name === accounts.name
          ? { authorization: `Bearer ${hufuKey}` }
          : tokenOf(execution?.context as GatewayContext),
    }),
  });
  const yoga = createYoga({ schema });
  const http = createServer((request, response) => {
    void yoga(request, response);
  });
  await once(http.listen(port), 'listening');
  return {
    url: `http://localhost:${String((http.address() as AddressInfo).port)}/graphql`,
    async stop() {
      await once(http.close(), 'close');
    },
  };
}

/** Has no request when the gateway composes or introspects. */
type GatewayContext = { readonly request?: Request } | undefined;

function tokenOf(context: GatewayContext): Record<string, string> {
  const authorization = context?.request?.headers.get('authorization') ?? null;
  return authorization === null ? {} : { authorization };
}

async function readSubgraph(name: string, url: string, authorization = '') {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  });
  const { data } = (await response.json()) as { data?: { _service: { sdl: string } } };
  if (data === undefined) throw new Error(`${name} answered with ${String(response.status)}.`);
  return { name, url, typeDefs: parse(data._service.sdl) };
}
