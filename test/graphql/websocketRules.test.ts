// The rules for websockets: they refuse every document that HTTP refuses, and a client that breaks the protocol loses only its
// own socket.

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';

import { logoutOperation, meOperation, password, register } from '../support/operations.js';
import { gql } from '../support/gql.js';
import { connect, openSocket, subscribe, sessionEndedOn, type TestSocket, watch } from '../support/socket.js';
import { startNode } from '../support/startNode.js';

const node = await startNode({ env: { QUERY_MAX_TOKENS: '250' } });
const { url } = node;
const { token } = await register(url);

interface Refusal {
  readonly message: string;
  readonly extensions: { readonly code: string };
}

/** Subscribes with a document and returns the errors of the refusal. */
async function refusal(socket: TestSocket, query: string) {
  socket.send({ type: 'subscribe', id: 'x', payload: { query } });
  const { payload } = await socket.message('error');
  return (payload as Refusal[]).map(({ message, extensions: { code } }) => ({ message, code }));
}

describe('SOCKET-01 a websocket', () => {
  it.each([
    ['a query', 'query { me { id } }', 'BAD_USER_INPUT', /subscriptions only/],
    ['a mutation', 'mutation { logout { session { id } } }', 'BAD_USER_INPUT', /subscriptions only/],
    ['one that is no GraphQL', 'subscription {', 'GRAPHQL_PARSE_FAILED', /not valid GraphQL/],
    ['an unknown field', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED', /does not fit the schema/],
    [
      'two at once',
      'subscription { a: sessionEnded { at } b: sessionEnded { at } }',
      'GRAPHQL_VALIDATION_FAILED',
      /./,
    ],
    [
      'one that is too long',
      `subscription { sessionEnded { ${'at '.repeat(300)} } }`,
      'GRAPHQL_PARSE_FAILED',
      /250/,
    ],
    [
      'one with too many aliases',
      `subscription { sessionEnded { ${aliases(65)} } }`,
      'GRAPHQL_VALIDATION_FAILED',
      /aliases/,
    ],
    [
      'a condition on its field',
      'subscription { sessionEnded @skip(if: true) { at } }',
      'GRAPHQL_VALIDATION_FAILED',
      /without a condition/,
    ],
    [
      'a condition that hangs on a variable',
      'subscription ($a: Boolean!) { ... @include(if: $a) { sessionEnded { at } } }',
      'GRAPHQL_VALIDATION_FAILED',
      /without a condition/,
    ],
    [
      'mutations that take a credential, beside another',
      `subscription S { sessionEnded { at } } mutation M { ...F }
       fragment F on Mutation { verifyEmail(input: { token: "a" }) { __typename } endOtherSessions { __typename } }`,
      'GRAPHQL_VALIDATION_FAILED',
      /verifyEmail takes a credential/,
    ],
    ['no operation', 'fragment F on SignedOut { at }', 'GRAPHQL_VALIDATION_FAILED', /./],
    [
      'fragments in a circle',
      'subscription { sessionEnded { ...F } } fragment F on SignedOut { ...G } fragment G on SignedOut { ...F }',
      'GRAPHQL_VALIDATION_FAILED',
      /spreads itself/,
    ],
    [
      'a fragment that nothing uses',
      'subscription { sessionEnded { at } } fragment F on SignedOut { at }',
      'GRAPHQL_VALIDATION_FAILED',
      /no operation uses/,
    ],
  ])('MUST refuse %s', async (_what, query, code, message) => {
    const socket = await connect(url, token);
    const errors = await refusal(socket, query);
    expect(errors[0]?.code).toBe(code);
    expect(errors[0]?.message).toMatch(message);
    // The socket stays open.
    expect(socket.raw.readyState).toBe(WebSocket.OPEN);
    socket.close();
  });

  it('MUST NOT execute a mutation that it refuses', async () => {
    const socket = await connect(url, token);
    await refusal(socket, 'mutation { logout { session { id } } }');
    expect((await gql(url, { query: meOperation, token })).data?.me).not.toBeNull();
  });

  it('MUST NOT repeat submitted text in an error', async () => {
    const socket = await connect(url, token);
    const errors = await refusal(socket, 'subscription { sessionEnded(password: "hunter2") { at } }');
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });

  it('MUST hide the schema where introspection is off', async () => {
    const closed = await startNode({ env: { GRAPHQL_INTROSPECTION: 'false' } });
    const ann = await register(closed.url);
    const socket = await connect(closed.url, ann.token);
    const errors = await refusal(socket, 'subscription { sessionEnder { at } }');
    expect(errors).toEqual([
      { code: 'GRAPHQL_VALIDATION_FAILED', message: 'The document does not fit the schema.' },
    ]);
    const other = await connect(closed.url, ann.token);
    expect(await refusal(other, 'subscription { __schema { types { name } } }')).not.toEqual([]);
  });

  it('MUST answer wrong variables with an error and stay open', async () => {
    const socket = await connect(url, token);
    const query = 'subscription ($wanted: Boolean!) { sessionEnded { at @include(if: $wanted) } }';
    socket.send({ type: 'subscribe', id: 'v', payload: { query, variables: { wanted: 'hunter2' } } });
    const { payload } = await socket.message('error');
    expect(payload).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(JSON.stringify(payload)).not.toContain('hunter2');
    expect(socket.raw.readyState).toBe(WebSocket.OPEN);
  });
});

describe('SOCKET-02 a websocket', () => {
  it.each([
    ['no JSON', 'hello', 4400],
    ['an unknown type', '{"type":"hello"}', 4400],
    ['a message that only a server sends', '{"type":"connection_ack"}', 4400],
    [
      'a subscription before connection_init',
      '{"type":"subscribe","id":"1","payload":{"query":"{a}"}}',
      4401,
    ],
    ['an empty id', '{"type":"subscribe","id":"","payload":{"query":"{a}"}}', 4400],
    ['a document that is no text', '{"type":"subscribe","id":"1","payload":{"query":7}}', 4400],
    ['a ping of 20,000 nested arrays', nestedPayload('ping'), 4400],
    ['a connection_init of 20,000 nested arrays', nestedPayload('connection_init'), 4400],
  ])('MUST close after %s', async (_what, text, code) => {
    const socket = await openSocket(url);
    socket.raw.send(text);
    expect(await socket.closed()).toMatchObject({ code });
  });

  it('MUST close after a second connection_init, a second subscription with one id, and a binary message', async () => {
    const twice = await connect(url, token);
    twice.send({ type: 'connection_init' });
    expect(await twice.closed()).toMatchObject({ code: 4429 });
    const double = await watch(url, token);
    subscribe(double, '1');
    expect(await double.closed()).toMatchObject({ code: 4409 });
    const binary = await openSocket(url);
    binary.raw.send(Buffer.from('{"type":"connection_init"}'), { binary: true });
    expect(await binary.closed()).toMatchObject({ code: 4400 });
  });

  it('MUST close after a message of more than 100 KiB, and accept a smaller one', async () => {
    const small = await connect(url, token);
    small.send({ type: 'ping', payload: { filling: 'x'.repeat(100_000) } });
    await small.message('pong');
    const large = await connect(url, token);
    large.send({ type: 'ping', payload: { filling: 'x'.repeat(103_000) } });
    expect(await large.closed()).toMatchObject({ code: 1009 });
  });

  it('MUST close when the client offers another subprotocol or none', async () => {
    const socket = await openSocket(url, ['graphql-ws']).catch(() => null);
    // The handshake fails in this client, as in browsers, since the server selects no subprotocol.
    if (socket !== null) expect(await socket.closed()).toMatchObject({ code: 4406 });
    const none = new WebSocket(new URL('/graphql', url.replace(/^http/, 'ws')));
    const code = await new Promise((resolve) => none.on('close', resolve));
    expect(code).toBe(4406);
  });
});

describe('SOCKET-03 the limits of websockets', () => {
  it('MUST close a socket without connection_init after five seconds', async () => {
    const silent = await openSocket(url);
    const startedAt = performance.now();
    expect(await silent.closed()).toMatchObject({ code: 4408 });
    expect(performance.now() - startedAt).toBeGreaterThan(4_500);
  });

  it('MUST close a socket that floods, and keep others open', async () => {
    const ann = await register(url);
    const other = await watch(url, ann.token);
    const flood = await connect(url, token);
    for (let count = 0; count < 5_000; count += 1) flood.send({ type: 'ping' });
    expect((await flood.closed()).code).not.toBe(1000);
    expect(flood.messages.length).toBeLessThan(300);
    const large = await connect(url, token);
    for (let count = 0; count < 30; count += 1)
      large.send({ type: 'ping', payload: { x: 'x'.repeat(90_000) } });
    expect((await large.closed()).code).not.toBe(1000);

    await gql(url, { query: logoutOperation, token: ann.token });
    expect(await sessionEndedOn(other)).toMatchObject({ reason: 'LOGGED_OUT' });
  });

  it('MUST refuse a seventeenth subscription on one socket', async () => {
    const socket = await connect(url, token);
    for (let count = 1; count <= 17; count += 1) subscribe(socket, String(count));
    const { id, payload } = await socket.message('error');
    expect(id).toBe('17');
    expect(payload).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    // A completed subscription no longer counts.
    socket.send({ type: 'complete', id: '1' });
    subscribe(socket, '18');
    socket.send({ type: 'ping' });
    await socket.message('pong');
    expect(socket.messages.filter(({ type }) => type === 'error')).toHaveLength(1);
  });

  it('MUST refuse a 65th socket of one session until one has closed', async () => {
    const ann = await register(url);
    const sockets = await Promise.all(Array.from({ length: 64 }, () => connect(url, ann.token)));
    const refused = await connect(url, ann.token);
    expect(await refused.closed()).toMatchObject({ code: 4429 });
    sockets[0]?.close();
    await sockets[0]?.closed();
    const taken = await connect(url, ann.token);
    expect(taken.messages.map(({ type }) => type)).toEqual(['connection_ack']);
    for (const socket of [...sockets, taken]) socket.raw.terminate();
  });
});

describe('SOCKET-04 the handshake', () => {
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const version = 'Sec-WebSocket-Version: 13\r\n';

  it.each([
    ['another path', 'GET /other', `Host: x\r\n${key}${version}`, 404, /nothing at this path/],
    ['a handshake without a key', 'GET /graphql', `Host: x\r\n${version}`, 400, /handshake/],
    ['a malformed key', 'GET /graphql', `Host: x\r\nSec-WebSocket-Key: x\r\n${version}`, 400, /handshake/],
    ['another version', 'GET /graphql', `Host: x\r\n${key}Sec-WebSocket-Version: 7\r\n`, 400, /handshake/],
    [
      'a malformed list of protocols',
      'GET /graphql',
      `Host: x\r\n${key}${version}Sec-WebSocket-Protocol: a,,b\r\n`,
      400,
      /handshake/,
    ],
    ['another method', 'POST /graphql', `Host: x\r\n${key}${version}`, 400, /handshake/],
    ['a handshake without a Host', 'GET /graphql', `${key}${version}`, 400, /Host/],
    ['a handshake with two Hosts', 'GET /graphql', `Host: x\r\nHOST: x\r\n${key}${version}`, 400, /Host/],
  ])('MUST refuse %s with a GraphQL error in JSON', async (_what, line, headers, status, message) => {
    const answer = await raw(
      `${line} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
    );
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
    expect(head).toMatch(/^content-type: application\/json/im);
    expect(head).toMatch(/^x-request-id: [\w-]{36}$/im);
    const { errors } = JSON.parse(body) as { readonly errors: readonly Refusal[] };
    expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }]);
    expect(errors[0]?.message).toMatch(message);
  });

  it('MUST name the supported version (RFC 6455 section 4.2.2)', async () => {
    const headers = `Host: x\r\n${key}Sec-WebSocket-Version: 7\r\n`;
    const answer = await raw(
      `GET /graphql HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
    );
    expect(answer).toMatch(/^sec-websocket-version: 13\r$/im);
  });

  it.each(['h2c', 'TLS/1.0', 'h2c, websocket'])(
    'MUST ignore an offer to upgrade to %s and answer the request',
    async (offer) => {
      const body = JSON.stringify({ query: '{ session { __typename } }' });
      const head =
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
        `Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: ${offer}\r\nHTTP2-Settings: AAMAAABk\r\n` +
        `Content-Length: ${String(body.length)}\r\n\r\n`;
      for (const parts of [[head + body], [head, body], [head + body.slice(0, 5), body.slice(5)]]) {
        const answer = await raw(...parts);
        expect(answer).toMatch(/^HTTP\/1\.1 200 /);
        expect(answer).toContain('"SignedOut"');
      }
    },
  );
});

describe('SOCKET-06 a handshake with a body', () => {
  const handshake =
    'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
  const sized = `${handshake}Content-Length: 5\r\n\r\n`;
  const chunked = `${handshake}Transfer-Encoding: chunked\r\n\r\n`;

  it.each([
    ['all at once', [`${sized}hello`]],
    ['after the headers', [sized, 'hello']],
    ['in pieces', [`${sized}he`, 'llo']],
    ['never', [sized]],
    ['in chunks', [chunked, '5\r\nhello\r\n', '0\r\n\r\n']],
  ])('MUST be refused, whenever the body comes: %s', async (_when, parts) => {
    const answer = await raw(...parts);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/handshake/);
  });

  it('MUST NOT harm the node when the client resets the connection, nor may a CONNECT', async () => {
    const { hostname, port } = new URL(url);
    for (const head of [sized, chunked, 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n'])
      for (const waitMs of [0, 1, 20]) {
        const socket = connectTcp(Number(port), hostname);
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        socket.write(head);
        await pause(waitMs);
        socket.resetAndDestroy();
      }
    // An error without a listener would end this process.
    await pause(100);
    expect((await gql(url, { query: '{ session { __typename } }' })).status).toBe(200);
  });
});

describe('SOCKET-05 pipelined requests that offer an upgrade', () => {
  const body = JSON.stringify({ query: '{ session { __typename } }' });
  const request = (headers: string) =>
    `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}` +
    `Content-Length: ${String(body.length)}\r\n\r\n${body}`;
  const plain = request('');
  const offering = request('Connection: Upgrade\r\nUpgrade: h2c\r\n');

  // Node 25 and later read the body of an offer, and drop what they have read behind it.
  const ends = Number.parseInt(process.versions.node, 10) >= 25;

  it('MUST each be answered or be left to another connection, and leave nothing behind', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    const cases = [
      [plain, offering],
      [offering, plain],
      [offering, offering],
      [plain, plain, offering, plain],
    ];
    for (const all of [...cases, Array.from({ length: 20 }, () => offering)]) {
      // The last request closes the connection after its response.
      const answer = await raw([...all, request('Connection: close\r\n')].join(''));
      const answered = ends ? all.indexOf(offering) + 1 : all.length + 1;
      expect(answer.match(/^HTTP\/1\.1 200 /gm)).toHaveLength(answered);
      expect(answer.match(/^connection: close\r$/gim)).toHaveLength(1);
    }
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });

  it.each(['resetAndDestroy', 'destroy', 'end'] as const)(
    'MUST NOT end the node when the client leaves before the first response: %s',
    async (leave) => {
      const ann = await register(url);
      const slow = JSON.stringify({
        query: 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
        variables: { input: { email: ann.user.email, password } },
      });
      const { hostname, port } = new URL(url);
      const socket = connectTcp(Number(port), hostname);
      socket.on('error', () => undefined);
      const request =
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${String(slow.length)}\r\n\r\n${slow}`;
      socket.write(request.repeat(10) + offering);
      await pause(60);
      socket[leave]();
      // An error without a listener would end this process.
      await pause(500);
      expect((await gql(url, { query: '{ session { __typename } }' })).status).toBe(200);
      socket.destroy();
    },
  );
});

/** Sends text in pieces over a new connection and returns everything received until it ends. */
async function raw(...parts: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  const ended = new Promise((resolve) => socket.on('close', resolve));
  for (const part of parts) {
    socket.write(part);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const timer = setTimeout(() => socket.destroy(), 3_000);
  await ended;
  clearTimeout(timer);
  return answer;
}

function aliases(count: number): string {
  return Array.from({ length: count }, (_, index) => `a${String(index)}`)
    .map((name) => `${name}:at`)
    .join(' ');
}

function nestedPayload(type: string): string {
  return `{"type":"${type}","payload":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`;
}
