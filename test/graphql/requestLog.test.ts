// The log line of a request.

import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import { type createLog } from '../../src/observability/log.js';
import { gql } from '../support/gql.js';
import { loginOperation, meOperation, randomEmail, password, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

const lines: Readonly<Record<string, unknown>>[] = [];
const log = pino(
  { level: 'info' },
  { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
) as ReturnType<typeof createLog>;
const { url } = await startNode({ log });

/** Sends a request with a new request id and returns its log line. */
async function lineOf(request: Omit<Parameters<typeof gql>[1], 'headers'>) {
  const requestId = `test-${String(lines.length)}`;
  await gql(url, { ...request, headers: { 'x-request-id': requestId } });
  await expect.poll(() => lines.filter((line) => line['requestId'] === requestId).length).toBe(1);
  return lines.find((line) => line['requestId'] === requestId);
}

const login = (email: string, submitted: string) => ({
  query: loginOperation,
  variables: { input: { email, password: submitted } },
});

describe('OPERATE-01 the line of a request', () => {
  it('MUST name the operation, the user and session, the outcome and the duration', async () => {
    const { token, user, session } = await register(url);
    expect(await lineOf({ query: meOperation, token })).toMatchObject({
      level: 30,
      msg: 'request',
      method: 'POST',
      path: '/graphql',
      status: 200,
      durationMs: expect.any(Number) as number,
      operation: 'Me',
      type: 'query',
      outcome: 'OK',
      userId: user.id,
      sessionId: session.id,
      sessionMs: expect.any(Number) as number,
    });
  });

  it('MUST name the result type of a mutation', async () => {
    const { user } = await register(url);
    expect(await lineOf(login(user.email, password))).toMatchObject({
      operation: 'Login',
      type: 'mutation',
      outcome: 'LoginSuccess',
    });
    expect(await lineOf(login(randomEmail(), password))).toMatchObject({ outcome: 'InvalidCredentials' });
  });

  it('MUST name the reason of a rejected token, even when the operation needs none', async () => {
    const first = await register(url);
    await gql(url, login(first.user.email, password));
    expect(await lineOf({ query: meOperation, token: first.token })).toMatchObject({
      outcome: 'UNAUTHENTICATED',
      reason: 'SUPERSEDED',
    });
    const line = await lineOf({ ...login(randomEmail(), password), token: first.token });
    expect(line).toMatchObject({ outcome: 'InvalidCredentials', reason: 'SUPERSEDED' });
    expect(line).not.toHaveProperty('userId');
  });

  it.each([
    ['{ me { id }', 'GRAPHQL_PARSE_FAILED'],
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['', 'BAD_REQUEST'],
  ])('MUST name the error code for the document %j', async (query, outcome) => {
    expect(await lineOf({ query })).toMatchObject({ outcome });
  });

  it('MUST cut an operation name after 64 characters', async () => {
    const line = await lineOf({ query: `query ${'N'.repeat(500)} { session { __typename } }` });
    expect(line?.['operation']).toBe('N'.repeat(64));
  });
});
