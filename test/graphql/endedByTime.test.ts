// Sessions that end by themselves, with no client doing anything: their devices are told as of any other end, by the
// machine's own clock.

import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { type SocketContext, SubscriptionSocket } from '../../src/graphql/subscriptions/socket.js';
import { type RejectedSession } from '../../src/sessions/types.js';
import { gql } from '../support/gql.js';
import { historyOperation, login, meOperation, register } from '../support/operations.js';
import { sessionEndedOn, watch } from '../support/socket.js';
import { startNode } from '../support/startNode.js';

describe.concurrent('LIVE-14 a session that ends by time', () => {
  it('MUST be reported as EXPIRED at the end of its life, with that moment', async () => {
    const { url } = await startNode({ env: { SESSION_TTL_SECONDS: '4' } });
    const ann = await register(url);
    const device = await watch(url, ann.token);
    expect(await sessionEndedOn(device, 15_000)).toEqual({ reason: 'EXPIRED', at: ann.expiresAt, by: null });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(ann.expiresAt));
    expect(await device.closed()).toEqual({ code: 4403, reason: 'EXPIRED' });
    expect(device.messages.map(({ type }) => type)).toEqual(['connection_ack', 'pong', 'next', 'complete']);
    // By the token, which has whole seconds, it ends at the same moment.
    const { errors } = await gql(url, { query: meOperation, token: ann.token });
    expect(errors[0]?.extensions).toMatchObject({ reason: 'EXPIRED', at: ann.expiresAt });
    const { token } = await login(url, ann.user.email);
    const { data } = await gql(url, { query: historyOperation, token });
    const node = data?.me.history.edges.find((edge) => edge.node.id === ann.session.id)?.node;
    expect(node).toMatchObject({ endReason: 'EXPIRED', endedAt: ann.expiresAt });
  });

  it('MUST be reported as IDLE when it was unused for too long, and not before: waiting is no use', async () => {
    const { url } = await startNode({ env: { SESSION_IDLE_SECONDS: '4' } });
    const ann = await register(url);
    const device = await watch(url, ann.token);
    // Used for longer than it may be unused.
    let lastUsedAt = 0;
    for (let round = 0; round < 4; round += 1) {
      await pause(1_400);
      lastUsedAt = Date.now();
      expect((await gql(url, { query: meOperation, token: ann.token })).errors).toEqual([]);
    }
    expect(device.messages.some(({ type }) => type === 'next')).toBe(false);
    const { at, ...rest } = (await sessionEndedOn(device, 15_000)) as { readonly at: string };
    expect(rest).toEqual({ reason: 'IDLE', by: null });
    // A use is noted every tenth of the time.
    expect(Date.parse(at)).toBeGreaterThan(lastUsedAt + 3_500);
    expect(await device.closed()).toEqual({ code: 4403, reason: 'IDLE' });
    const { errors } = await gql(url, { query: meOperation, token: ann.token });
    expect(errors[0]?.extensions).toMatchObject({ reason: 'IDLE', at });
  });
});

describe('LIVE-15 every other subscription of the socket', () => {
  const ended: RejectedSession = {
    kind: 'rejected',
    reason: 'SUPERSEDED',
    sessionId: null,
    at: new Date(0),
    by: null,
  };

  /** A socket with one subscription of its own kind, which counts, and as many that wait for the end as wanted. */
  function createScene() {
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

  it('MUST stop when the session ends, and the socket close', async () => {
    const { socket, closings, subscriptions, isStopped } = createScene();
    const counting = subscriptions['counting'];
    if (counting == null || !('next' in counting)) throw new Error('not there');
    expect(await counting.next(undefined)).toMatchObject({ done: false });
    socket.end(ended);
    expect(await counting.next(undefined)).toEqual({ done: true, value: undefined });
    expect(isStopped()).toBe(true);
    delete subscriptions['beginning'];
    socket.closeIfAllTold();
    await expect.poll(() => closings).toEqual(['4403 SUPERSEDED']);
  });

  it('MUST NOT close the socket before one that begins has begun', async () => {
    const { socket, closings, subscriptions } = createScene();
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

  it('MUST NOT close the socket before every subscription that waits for the end has its event', async () => {
    const { socket, closings, subscriptions } = createScene();
    delete subscriptions['beginning'];
    const waiting = socket.sessionEnded('waiting');
    subscriptions['waiting'] = waiting as never;
    const next = waiting.next();
    socket.end(ended);
    // An end that is heard of twice is told once.
    socket.end({ ...ended, reason: 'REVOKED' });
    expect(await next).toEqual({ done: false, value: { sessionEnded: ended } });
    expect(await waiting.next()).toEqual({ done: true, value: undefined });
    await pause(20);
    expect(closings).toEqual([]);
    socket.completed('waiting');
    await expect.poll(() => closings).toEqual(['4403 SUPERSEDED']);
    // One that begins after the end is told as well.
    const late = socket.sessionEnded('late');
    expect(await late.next()).toEqual({ done: false, value: { sessionEnded: ended } });
  });

  it('MUST NOT keep a socket open by not reading', async () => {
    const { socket, closings } = createScene();
    void socket.sessionEnded('waiting').next();
    socket.end(ended);
    await expect.poll(() => closings, { timeout: 5_000 }).toEqual(['4403 SUPERSEDED']);
  });
});
