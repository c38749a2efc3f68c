// Thousands of requests and frames that are wrong by chance, against a whole node. Those that fail are shown smaller.

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

/** What libraries and the machine say. */
const foreign =
  /Syntax Error|Variable "|Expected |Unexpected |Unknown |Cannot |must be a string|invalid input|violates|[Dd]rizzle|[Pp][Gg]lite|[Aa]pollo|[Zz]od\b|node:|node_modules|\bat \S+ \(|\.[jt]s:\d+|\b[A-Z]\w+Error\b/;

/** What may be said of it: our own words, and Apollo's two for persisted queries. */
function expectCivil(said: string): void {
  const fair = said.replaceAll(/PERSISTED_QUERY_\w+|PersistedQuery\w+/g, '');
  expect(fair).not.toMatch(foreign);
  expect(fair).not.toContain('INTERNAL_SERVER_ERROR');
  expect(besidesAccount(fair)).not.toContain(word);
}

/** Once in thousands, chance makes a registration that is right, and its client is shown its own account. */
function besidesAccount(said: string): string {
  if (!said.includes('"__typename":"RegisterSuccess"')) return said;
  const { data, ...rest } = JSON.parse(said) as { readonly data: Readonly<Record<string, unknown>> };
  return JSON.stringify({ data: Object.keys(data), ...rest });
}

const tries = new Map<number, number>();

async function send({ method, path, headers, body }: BadRequest): Promise<void> {
  const response = await fetch(url + path, { method, headers, body });
  const said = await response.text();
  tries.set(response.status, (tries.get(response.status) ?? 0) + 1);
  const { 'x-request-id': requestId = '', origin = '' } = headers;
  const given = Array.from(response.headers, ([name, value]) => `${name}: ${value}`).join('\n');
  // The id and the origin are sent for the answer to repeat.
  expectCivil(given.replaceAll(requestId, '').replaceAll(origin, ''));
  expectCivil(said);
  expect(response.status).toBeLessThan(500);
}

test(
  'BAD-01 no request MUST be answered with a 5xx, a library words, or what was sent',
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
    console.info(
      'bad requests by status:',
      Object.fromEntries([...tries].toSorted(([one], [other]) => one - other)),
    );
    expect([...tries.values()].reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(2_000);
    expect(lines).toEqual([]);
    expect((await gql(url, { query: meOperation, token })).errors).toEqual([]);
  },
);

test(
  'BAD-02 no frame MUST cost more than its own socket, nor be told anything but that',
  { timeout: 60_000 },
  async () => {
    const codes = new Map<number, number>();
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
      codes.set(code, (codes.get(code) ?? 0) + 1);
      // A pong and what concerns one subscription repeat what they answer to.
      const said = socket.messages.map(({ type, payload }) => (type === 'pong' ? type : { type, payload }));
      expectCivil(JSON.stringify([said, reason]));
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
        async (conversations) => {
          await Promise.all(conversations.map(converse));
        },
      ),
      { numRuns: 60 },
    );
    console.info('sockets by the code they were closed with (0: not closed):', Object.fromEntries(codes));
    expect([...codes.values()].reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(200);
    expect(lines).toEqual([]);
    expect((await gql(url, { query: meOperation, token })).errors).toEqual([]);
  },
);
