// The errors that clients get.

import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { expect, test } from 'vitest';

import { DeadlineExceeded, ServiceUnavailableError } from '../../src/common/errors.js';
import { DatabaseUnavailable } from '../../src/db/errors.js';
import { createErrorFormatter, createSchemaHints } from '../../src/graphql/formatError.js';
import { createSchema } from '../../src/graphql/schema.js';
import { logUnexpected } from '../../src/graphql/telemetry.js';
import { MailUnavailable } from '../../src/mail/message.js';
import { HasherBusy } from '../../src/passwords/hasher.js';
import { LimiterUnavailable } from '../../src/rateLimit/counters.js';
import { startNode } from '../support/startNode.js';

const { url } = await startNode();
const format = createErrorFormatter(createSchemaHints(createSchema()));

const thrownBy = (original: Error) =>
  new GraphQLError(original.message, {
    path: ['book'],
    originalError: original,
    extensions: original instanceof GraphQLError ? original.extensions : {},
  });

test('every subclass of ServiceUnavailableError becomes SERVICE_UNAVAILABLE without details', () => {
  class QueueFull extends ServiceUnavailableError {}
  const errors = [new QueueFull('full of secrets'), new DeadlineExceeded(null), new HasherBusy()];
  for (const original of [
    ...errors,
    new DatabaseUnavailable(),
    new LimiterUnavailable(),
    new MailUnavailable(),
  ]) {
    const error = thrownBy(original);
    expect(format(error.toJSON(), error)).toEqual({
      message: expect.not.stringContaining('secrets') as string,
      path: ['book'],
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    });
  }
});

test("a team's error with its own code passes unchanged", () => {
  const own = new GraphQLError('The flight is full.', { extensions: { code: 'FLIGHT_FULL', seats: 0 } });
  const error = thrownBy(own);
  expect(format(error.toJSON(), error)).toMatchObject({
    message: 'The flight is full.',
    extensions: { code: 'FLIGHT_FULL', seats: 0 },
  });
});

test.each([new GraphQLError('row hunter2'), new Error('row hunter2'), new TypeError('row hunter2')])(
  'an error without a code is masked, and logged with its cause: %o',
  (original) => {
    original.cause = new Error('the cause');
    const error = thrownBy(original);
    const formatted = format(error.toJSON(), error);
    expect(formatted.extensions?.['code']).toBe('INTERNAL_SERVER_ERROR');
    expect(formatted.message).not.toContain('hunter2');
    const lines: string[] = [];
    logUnexpected(pino({}, { write: (line: string) => void lines.push(line) }), 'id', [error]);
    expect(lines.join()).toContain('the cause');
  },
);

async function messageOf(path: string, init: RequestInit, of = url): Promise<string> {
  const response = await fetch(`${of}${path}`, init);
  const { errors = [] } = (await response.json()) as { errors?: { message: string }[] };
  return errors.map(({ message }) => message).join();
}

const post = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
const person = { email: 'a@example.com', password: 'hunter2' };

test.each([
  ['/graphql?query={__typename}', {}, /^A GET needs the header `content-type: application\/json`/],
  [
    '/graphql?query=mutation{logout{__typename}}',
    { headers: { 'apollo-require-preflight': '1' } },
    /by POST/,
  ],
  [
    '/graphql',
    post({ query: '{__typename}', variables: '{"a":"hunter2"}' }),
    /^`variables` must be a JSON object/,
  ],
  ['/', { method: 'POST', body: '{}' }, /The API is at \/graphql\./],
  [
    '/graphql',
    post({ query: login, variables: { input: { ...person, device: { kind: 'hunter2' } } } }),
    / \$input\.device\.kind: DeviceKind\.$/,
  ],
  [
    '/graphql',
    post({ query: login, variables: { input: { email: 'hunter2' } } }),
    / \$input\.password: String! is missing\.$/,
  ],
  ['/graphql', post({ query: login }), / \$input: LoginInput! is missing\.$/],
  ['/graphql', post({ query: login, variables: { input: { ...person, hunter2: 1 } } }), / \$input\.$/],
])('an error message names the mistake without the submitted text: %s', async (path, init, expected) => {
  const message = await messageOf(path, init);
  expect(message).toMatch(expected);
  expect(message).not.toContain('hunter2');
});

test.each(['hunter2', '"Bearer hunter2"', 'Bearer "hunter2"', 'Bearer'])(
  'a malformed Authorization header gets an error that shows the right form: %s',
  async (authorization) => {
    const headers = { 'content-type': 'application/json', authorization };
    const message = await messageOf('/graphql', { ...post({ query: '{ me { id } }' }), headers });
    expect(message).toMatch(/`Authorization: Bearer <token>`.* without quotes/);
    expect(message).not.toContain('hunter2');
  },
);

test('a request without a token gets an error that shows how to send one', async () => {
  expect(await messageOf('/graphql', post({ query: '{ me { id } }' }))).toContain(
    'Authorization: Bearer <token>',
  );
});

test('without introspection a validation error reveals nothing of the schema', async () => {
  const misspelled = post({ query: '{ mee { id } }' });
  expect(await messageOf('/graphql', misspelled)).toContain('Did you mean "me"');
  const closed = await startNode({ env: { GRAPHQL_INTROSPECTION: 'false' } });
  expect(await messageOf('/graphql', misspelled, closed.url)).toBe('The document does not fit the schema.');
});
