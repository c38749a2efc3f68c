// Spans, as an SDK sees them that was loaded before the node.

import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { expect, test } from 'vitest';

import { gql } from './support/gql.js';
import { loginOperation, password, register } from './support/operations.js';
import { startNode } from './support/startNode.js';

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
const { url } = await startNode();

test("TRACE-01 a request MUST be a span of the client's trace, with what it waited for below it", async () => {
  const { user } = await register(url);
  exporter.reset();
  const traceId = 'a'.repeat(32);
  await gql(url, {
    query: loginOperation,
    variables: { input: { email: user.email, password } },
    headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` },
  });
  await expect.poll(() => exporter.getFinishedSpans().some(({ name }) => name === 'graphql')).toBe(true);

  const spans = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
  const request = spans.find(({ name }) => name === 'graphql');
  expect(request?.parentSpanContext?.spanId).toBe('b'.repeat(16));
  expect(request?.attributes).toEqual({
    'graphql.operation.name': 'Login',
    'graphql.operation.type': 'mutation',
  });
  const children = spans.filter((span) => span.parentSpanContext?.spanId === request?.spanContext().spanId);
  expect(new Set(children.map(({ name }) => name))).toEqual(
    new Set(['session.resolve', 'password.hash', 'database.read', 'database.transact']),
  );
});

test('TRACE-02 a span MUST NOT hold what was submitted', async () => {
  exporter.reset();
  await gql(url, {
    query: loginOperation,
    variables: { input: { email: 'marked@example.com', password: 'marked-password' } },
  });
  const text = JSON.stringify(
    exporter
      .getFinishedSpans()
      .map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
  expect(text).toContain('graphql');
  expect(text).not.toContain('marked');
});
