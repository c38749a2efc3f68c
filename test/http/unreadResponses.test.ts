// Clients that send many requests to a node and read no response.

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { getIntrospectionQuery } from 'graphql';
import { expect, test } from 'vitest';

import { spawnNode } from '../support/spawnNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { json, requestText, smallestRequests, statusFrom } from './harness.js';

const padding = [`x-padding: ${'x'.repeat(1_000)}`];
const introspection = requestText(
  'POST /graphql',
  [json],
  JSON.stringify({ query: getIntrospectionQuery() }),
).repeat(60);

test.each([
  {
    heapMb: 512,
    kind: 'padded',
    floods: [
      introspection,
      `${requestText('GET /nowhere', padding)}${requestText('GET /healthz', padding)}`.repeat(30),
      introspection,
      requestText('GET /link/verifyEmail?token=x', padding).repeat(60),
    ],
  },
  {
    heapMb: 160,
    kind: 'the smallest',
    floods: smallestRequests.map((text) => text.repeat(300_000 / text.length)),
  },
])(
  'DELIVERY-12 250 connections that send $kind requests without reading MUST NOT exhaust its memory or keep others out',
  // The node executes some five thousand introspections, which takes a busy machine three minutes.
  { timeout: 300_000 },
  async ({ heapMb, floods }) => {
    const node = await spawnNode({ env: { NODE_OPTIONS: `--max-old-space-size=${String(heapMb)}` } });
    const port = Number(new URL(node.url).port);
    const sockets = Array.from({ length: 250 }, (_, at) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined).pause();
      socket.write(floods[at % floods.length] ?? '');
      return socket;
    });
    whenFileEnds(() => {
      for (const socket of sockets) socket.destroy();
      return Promise.resolve();
    });
    const statuses = [];
    let residentKb = 0;
    const startedAt = performance.now();
    // A response waits behind the executions that the node has begun, so the test takes 15 s and at least five responses.
    for (let turn = 0; turn < 25 && (turn < 5 || performance.now() - startedAt < 15_000); turn += 1) {
      statuses.push(await statusFrom(port, '127.0.0.2', '/readyz'));
      const [, kb] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(node.pid)}/status`, 'utf8')) ?? [];
      residentKb = Math.max(residentKb, Number(kb));
      await wait(100);
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(residentKb).toBeLessThan(1_100_000);
    expect(await node.stop()).toBe(0);
  },
);
