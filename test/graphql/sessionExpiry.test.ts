// Sessions that end by time: their devices get the same event as for any other end. These tests run on the real clock.

import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { type SocketContext, SubscriptionSocket } from '../../src/graphql/subscriptions/socket.js';
import { type RejectedSession } from '../../src/sessions/types.js';
import { gql } from '../support/gql.js';
import { historyOperation, login, meOperation, register } from '../support/operations.js';
import { sessionEndedOn, watch } from '../support/socket.js';
import { startNode } from '../support/startNode.js';

describe.concurrent('LIVE-14 a session that ends by time', () => {
  it('MUST be reported to its device as EXPIRED at its expiry, with that moment', async () => {
    const { url } = await startNode({ env: { SESSION_TTL_SECONDS: '4' } });
    const ann = await register(url);
    const device = await watch(url, ann.token);
    expect(await sessionEndedOn(device, 15_000)).toEqual({ reason: 'EXPIRED', at: ann.expiresAt, by: null });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(ann.expiresAt));
    expect(await device.closed()).toEqual({ code: 4403, reason: 'EXPIRED' });
    expect(device.messages.map(({ type }) => type)).toEqual(['connection_ack', 'pong', 'next', 'complete']);
    // The token, whose times are whole seconds, expires at the same moment.
    const { errors } = await gql(url, { query: meOperation, token: ann.token });
    expect(errors[0]?.extensions).toMatchObject({ reason: 'EXPIRED', at: ann.expiresAt });
    const { token } = await login(url, ann.user.email);
    const { data } = await gql(url, { query: historyOperation, token });
    const node = data?.me.history.edges.find((edge) => edge.node.id === ann.session.id)?.node;
    expect(node).toMatchObject({ endReason: 'EXPIRED', endedAt: ann.expiresAt });
  });

  it('MUST be reported to its device as IDLE after the idle time without a request; an open subscription is no request', async () => {
    const { url } = await startNode({ env: { SESSION_IDLE_SECONDS: '4' } });
    const ann = await register(url);
    const device = await watch(url, ann.token);
    // Requests keep it alive for longer than the idle time.
    let lastUsedAt = 0;
    for (let round = 0; round < 4; round += 1) {
      await pause(1_400);
      lastUsedAt = Date.now();
      expect((await gql(url, { query: meOperation, token: ann.token })).errors).toEqual([]);
    }
    expect(device.messages.some(({ type }) => type === 'next')).toBe(false);
    const { at, ...rest } = (await sessionEndedOn(device, 15_000)) as { readonly at: string };
    expect(rest).toEqual({ reason: 'IDLE', by: null });
    // The node records a use at most every tenth of the idle time.
    expect(Date.parse(at)).toBeGreaterThan(lastUsedAt + 3_500);
    expect(await device.closed()).toEqual({ code: 4403, reason: 'IDLE' });
    const { errors } = await gql(url, { query: meOperation, token: ann.token });
    expect(errors[0]?.extensions).toMatchObject({ reason: 'IDLE', at });
  });
});

describe('LIVE-15 when a session ends, its socket', () => {
  const ended: RejectedSession = {
    kind: 'rejected',
    reason: 'SUPERSEDED',
    sessionId: null,
    at: new Date(0),
    by: null,
  };

  /** Makes a socket with a subscription that counts, and one that is beginning. */
  function openSocket() {
    const closings: string[] = [];
    const transport = {
      protocol: 'graphql-transport-ws',
      send: () => Promise.resolve(),
      close: (code: number, reason: string) => closings.push(`${String(code)} ${reason}`),
    };
    const clientInfo = { ip: null, userAgent: null };
    const socket = new SubscriptionSocket(transport, { requestId: 'r', bearer: null, clientInfo });
    let stopped = false;
    async function* counting() {
      try {
        for (let count = 0; ; count += 1) yield await Promise.resolve({ count });
      } finally {
        stopped = true;
      }
    }
    const subscriptions: SocketContext['subscriptions'] = { counting: counting(), beginning: null };
    socket.context = { subscriptions };
    return { socket, closings, subscriptions, isStopped: () => stopped };
  }

  it('MUST stop every other subscription and close', async () => {
    const { socket, closings, subscriptions, isStopped } = openSocket();
    const counting = subscriptions['counting'];
    if (counting == null || !('next' in counting)) throw new Error('no such subscription');
    expect(await counting.next(undefined)).toMatchObject({ done: false });
    socket.end(ended);
    expect(await counting.next(undefined)).toEqual({ done: true, value: undefined });
    expect(isStopped()).toBe(true);
    delete subscriptions['beginning'];
    socket.closeIfAllTold();
    await expect.poll(() => closings).toEqual(['4403 SUPERSEDED']);
  });

  it('MUST NOT close before a beginning `sessionEnded` has its event', async () => {
    const { socket, closings, subscriptions } = openSocket();
    socket.end(ended);
    await pause(20);
    expect(closings).toEqual([]);
    const begun = socket.sessionEnded('beginning');
    subscriptions['beginning'] = begun as never;
    expect(await begun.next()).toEqual({ done: false, value: { sessionEnded: ended } });
    delete subscriptions['beginning'];
    socket.completed('beginning');
    await expect.poll(() => closings).toEqual(['4403 SUPERSEDED']);
  });

  it('MUST NOT close before every `sessionEnded` has its event', async () => {
    const { socket, closings, subscriptions } = openSocket();
    delete subscriptions['beginning'];
    const waiting = socket.sessionEnded('waiting');
    subscriptions['waiting'] = waiting as never;
    const next = waiting.next();
    socket.end(ended);
    // A second report of the end changes nothing.
    socket.end({ ...ended, reason: 'REVOKED' });
    expect(await next).toEqual({ done: false, value: { sessionEnded: ended } });
    expect(await waiting.next()).toEqual({ done: true, value: undefined });
    await pause(20);
    expect(closings).toEqual([]);
    socket.completed('waiting');
    await expect.poll(() => closings).toEqual(['4403 SUPERSEDED']);
    // A `sessionEnded` that begins after the end gets the event too.
    const late = socket.sessionEnded('late');
    expect(await late.next()).toEqual({ done: false, value: { sessionEnded: ended } });
  });

  it('MUST close although a subscription does not read its event', async () => {
    const { socket, closings } = openSocket();
    void socket.sessionEnded('waiting').next();
    socket.end(ended);
    await expect.poll(() => closings, { timeout: 5_000 }).toEqual(['4403 SUPERSEDED']);
  });
});
