import { createYoga, type Plugin } from 'graphql-yoga';

import { own } from '../../../orders.ts';
import { getHufu } from './hufu.ts';

async function createHandler() {
  const hufu = await getHufu();
  const limits: Plugin = {
    onValidate({ addValidationRule }) {
      hufu.validationRules.forEach(addValidationRule);
    },
  };
  const yoga = createYoga({
    schema: hufu.extend(own),
    context: ({ request }) => hufu.context(request),
    plugins: [limits],
    graphqlEndpoint: '/graphql',
    fetchAPI: { Response },
  });
  return (request: Request) => yoga.fetch(request);
}

let handler: ReturnType<typeof createHandler> | undefined;

const handle = async (request: Request) => (await (handler ??= createHandler()))(request);

export { handle as GET, handle as POST };
