// Fuzz test: sends thousands of random wrong requests and websocket messages to a node; fast-check shrinks those that fail.

import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';

import { gql } from '../support/gql.js';
import { meOperation, register } from '../support/operations.js';
import { connect } from '../support/socket.js';
import { startNode } from '../support/startNode.js';
import { badFrame, badRequest, type BadRequest, word } from './badRequests.js';

const lines: string[] = [];
const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
const { url } = await startNode({ env: { GRAPHQL_INTROSPECTION: 'false' }, log });
const { token } = await register(url);

/** Words of libraries and of Node.js. */
const foreign =
  /Syntax Error|Variable "|Expected |Unexpected |Unknown |Cannot |must be a string|invalid input|violates|[Dd]rizzle|[Pp][Gg]lite|[Aa]pollo|[Zz]od\b|node:|node_modules|\bat \S+ \(|\.[jt]s:\d+|\b[A-Z]\w+Error\b/;

/** Expects a text in Hufu's own words, without a submitted text; Apollo's two terms for persisted queries are allowed. */
function expectOwnWords(said: string): void {
  const own = said.replaceAll(/PERSISTED_QUERY_\w+|PersistedQuery\w+/g, '');
  expect(own).not.toMatch(foreign);
  expect(own).not.toContain('INTERNAL_SERVER_ERROR');
  expect(withoutAccount(own)).not.toContain(word);
}

/** Leaves out the account that a client gets back when a random registration is valid, as one of thousands is. */
function withoutAccount(said: string): string {
  if (!said.includes('"__typename":"RegisterSuccess"')) return said;
  const { data, ...rest } = JSON.parse(said) as { readonly data: Readonly<Record<string, unknown>> };
  return JSON.stringify({ data: Object.keys(data), ...rest });
}

let sent = 0;

async function send({ method, path, headers, body }: BadRequest): Promise<void> {
  const response = await fetch(url + path, { method, headers, body });
  const said = await response.text();
  sent += 1;
  const { 'x-request-id': requestId = '', origin = '' } = headers;
  const given = Array.from(response.headers, ([name, value]) => `${name}: ${value}`).join('\n');
  // A response repeats the request id and the origin on purpose.
  expectOwnWords(given.replaceAll(requestId, '').replaceAll(origin, ''));
  expectOwnWords(said);
  expect(response.status).toBeLessThan(500);
}

test(
  'BAD-01 no request MUST get a 5xx, words of a library, or submitted text in its response',
  { timeout: 90_000 },
  async () => {
    const together = 8;
    await fc.assert(
      fc.asyncProperty(
        fc.array(badRequest, { minLength: together, maxLength: together, size: 'max' }),
        async (requests) => {
          await Promise.all(requests.map(send));
        },
      ),
      { numRuns: 260 },
    );
    expect(sent).toBeGreaterThanOrEqual(2_000);
    expect(lines).toEqual([]);
    expect((await gql(url, { query: meOperation, token })).errors).toEqual([]);
  },
);

test(
  'BAD-02 no websocket message MUST close more than its own websocket, or get words of a library or submitted text back',
  { timeout: 60_000 },
  async () => {
    let conversations = 0;
    const converse = async (frames: readonly string[]) => {
      const socket = await connect(url, token);
      for (const frame of frames) socket.raw.send(frame);
      socket.send({ type: 'ping', payload: { last: true } });
      const isLast = () =>
        socket.messages.some(({ type, payload }) => type === 'pong' && payload !== undefined);
      await expect
        .poll(() => isLast() || socket.raw.readyState !== socket.raw.OPEN, { timeout: 5_000, interval: 2 })
        .toBe(true);
      const isOpen = socket.raw.readyState === socket.raw.OPEN;
      const { code, reason } = isOpen ? { code: 0, reason: '' } : await socket.closed();
      socket.raw.terminate();
      conversations += 1;
      // A pong repeats the payload of its ping, and messages of a subscription repeat its id.
      const said = socket.messages.map(({ type, payload }) => (type === 'pong' ? type : { type, payload }));
      expectOwnWords(JSON.stringify([said, reason]));
      expect([0, 4400, 4409, 4429]).toContain(code);
    };
    const together = 4;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(badFrame, { minLength: 1, maxLength: 3 }), {
          minLength: together,
          maxLength: together,
          size: 'max',
        }),
        async (group) => {
          await Promise.all(group.map(converse));
        },
      ),
      { numRuns: 60 },
    );
    expect(conversations).toBeGreaterThanOrEqual(200);
    expect(lines).toEqual([]);
    expect((await gql(url, { query: meOperation, token })).errors).toEqual([]);
  },
);
