// 20,000 connections that do whatever a client can: pipeline, offer other protocols, close half, reset at any moment.

import { expect, test } from 'vitest';

import { emptyPing, fuzzConnections, upgradeRequest, websocketHeaders } from '../support/connectionFuzz.js';
import { spawnNode } from '../support/spawnNode.js';

const post = (body: string, more = '') =>
  `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${more}content-length: ${String(body.length)}\r\n\r\n${body}`;

const pieces = [
  'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /nowhere HTTP/1.0\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
  post('{"query":"{ __typename }"}'),
  post('{"query":"{ __typename }"}', 'expect: 100-continue\r\n'),
  post('{', 'expect: something\r\n'),
  'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  '1a;a=b\r\n{"query":"{ __typename }"}\r\n0\r\na: b\r\n\r\n',
  upgradeRequest('h2c', '/healthz', 'http2-settings: AAMAAABk\r\n'),
  upgradeRequest('anything'),
  upgradeRequest('anything', '/graphql', 'content-length: 2\r\n') + '{}',
  upgradeRequest(
    'websocket',
    '/graphql',
    `${websocketHeaders}sec-websocket-protocol: graphql-transport-ws\r\n`,
  ),
  upgradeRequest(
    'websocket',
    '/graphql',
    `${websocketHeaders}sec-websocket-protocol: graphql-transport-ws\r\n`,
  ) + emptyPing,
  upgradeRequest('websocket', '/graphql'),
  upgradeRequest('websocket', '/nowhere', websocketHeaders),
  'CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  emptyPing,
  'garbage\r\n\r\n',
  'GET /graphql HTTP/1.1\r\nhost:',
  'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(40),
];

test(
  'CONNECTION-01 no connection MUST end the process, whatever a client does with it',
  { timeout: 120_000 },
  async () => {
    const node = await spawnNode();
    const port = Number(new URL(node.url).port);
    await fuzzConnections(port, pieces, { count: 20_000, atATime: 128 });

    expect((await fetch(`${node.url}/readyz`)).status).toBe(200);
    expect(node.output()).not.toMatch(/"level":(?:50|60)/);
    expect(await node.stop()).toBe(0);
  },
);
