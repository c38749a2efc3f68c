// The spans that an OpenTelemetry SDK gets which was loaded before the node.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, test } from 'vitest';

import { gql } from '../support/gql.js';
import { loginOperation, password, register } from '../support/operations.js';
import { spawnNode } from '../support/spawnNode.js';

interface Span {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
}

const sdk = pathToFileURL(resolve('test/support/tracingSdk.js'));
const node = await spawnNode({ env: { NODE_OPTIONS: `--import ${sdk.href}` } });

const spans = (): Span[] =>
  [...node.output().matchAll(/^span (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as Span);

/** Sends a login as part of a trace, and returns the trace's spans once that of the request has ended. */
async function spansOfLogin(email: string, submitted: string, traceId: string): Promise<Span[]> {
  await gql(node.url, {
    query: loginOperation,
    variables: { input: { email, password: submitted } },
    headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` },
  });
  const ofTrace = () => spans().filter((span) => span.traceId === traceId);
  await expect.poll(() => ofTrace().some(({ name }) => name === 'graphql')).toBe(true);
  return ofTrace();
}

test("TRACE-01 a request MUST be a span in the client's trace, with child spans for the work that it waits for", async () => {
  const { user } = await register(node.url);
  const found = await spansOfLogin(user.email, password, 'a'.repeat(32));
  const request = found.find(({ name }) => name === 'graphql');
  expect(request).toMatchObject({
    parentId: 'b'.repeat(16),
    attributes: { 'graphql.operation.name': 'Login', 'graphql.operation.type': 'mutation' },
  });
  const below = found.filter(({ parentId }) => parentId === request?.spanId).map(({ name }) => name);
  expect(new Set(below)).toEqual(
    new Set(['session.resolve', 'password.hash', 'database.read', 'database.transact']),
  );
});

test('TRACE-02 a span MUST NOT contain text that the client submitted, and the log line MUST name the trace', async () => {
  const traceId = 'c'.repeat(32);
  const found = await spansOfLogin('marked@example.com', 'marked-password', traceId);
  expect(found.length).toBeGreaterThan(2);
  expect(JSON.stringify(found)).not.toContain('marked');
  expect(node.output()).toContain(`"traceId":"${traceId}"`);
});
