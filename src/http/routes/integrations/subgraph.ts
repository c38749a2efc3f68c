// `POST /subgraph`: GraphQL for gateways with the scope `subgraph`. What it serves is in graphql/subgraph.ts.

import { z } from 'zod';

import { createSubgraph } from '../../../graphql/subgraph.js';
import { parseBody, receiveBody } from '../../body.js';
import { isJson } from '../../requestHeaders.js';
import { errorResponse, errorResponses } from '../../responses.js';
import { findForService } from '../../serviceAuthentication.js';
import { integrationRoute, type IntegrationParts, jsonResponse } from './parts.js';

const operation = z.object({
  query: z.string(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

const notUnderstood = errorResponse(
  400,
  'BAD_USER_INPUT',
  'The body needs `query`, a string; `operationName` is a string and `variables` an object, or both are left out.',
);

export function createSubgraphRoute(parts: IntegrationParts) {
  const execute = createSubgraph(parts.database);
  return integrationRoute('/subgraph', 'POST', async (exchange) => {
    const isAccepted = isJson(exchange.request.headers['content-type'] ?? '');
    const received = await receiveBody(exchange, isAccepted ? null : errorResponses.mediaType);
    if (received.kind === 'refused') return received.answer;
    if (!exchange.pending.admit()) return errorResponses.busy;
    const asked = await findForService(parts, exchange, 'subgraph', async () => {
      const parsed = parseBody(received.bytes);
      if (parsed.kind === 'refused') return parsed;
      const { data } = operation.safeParse(parsed.value);
      return data === undefined ? { answer: notUnderstood } : { result: await execute(data) };
    });
    if (asked.kind === 'refused') return asked.answer;
    const { service, found } = asked;
    return 'answer' in found ? found.answer : jsonResponse(found.result, { service: service.name });
  });
}
