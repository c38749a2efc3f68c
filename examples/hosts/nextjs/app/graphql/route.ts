import { createYoga } from 'graphql-yoga';

import { own } from '../../../orders.js';
import { hufu } from './hufu.js';

const yoga = createYoga({
  schema: hufu.extend(own),
  context: ({ request }) => hufu.context(request),
  graphqlEndpoint: '/graphql',
  fetchAPI: { Response },
});

export const GET = (request: Request) => yoga.fetch(request);
export const POST = (request: Request) => yoga.fetch(request);
