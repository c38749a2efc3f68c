// The subscription `sessionEnded` on one node: its events, their order, and the close of the socket.

import { describe, expect, it } from 'vitest';

import { gql } from '../support/gql.js';
import { laptop, login, logoutOperation, randomEmail, phone, register } from '../support/operations.js';
import {
  connect,
  openSocket,
  sessionEndedOperation,
  subscribe,
  sessionEndedOn,
  watch,
} from '../support/socket.js';
import { startNode } from '../support/startNode.js';

const { url } = await startNode();

describe('LIVE-01 when a session ends, the node', () => {
  it('MUST send one event that names the newer device, complete the subscription, and close with 4403', async () => {
    const ann = await register(url, { device: phone });
    const device = await watch(url, ann.token);
    await login(url, ann.user.email, laptop);
    const answeredAt = performance.now();

    expect(await sessionEndedOn(device)).toEqual({
      reason: 'SUPERSEDED',
      at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      by: { kind: 'DESKTOP', name: 'Work laptop' },
    });
    expect((device.times.at(-1) ?? Infinity) - answeredAt).toBeLessThan(1_000);
    expect(await device.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
    expect(device.messages.map(({ type, id }) => [type, id])).toEqual([
      ['connection_ack', undefined],
      ['pong', undefined],
      ['next', '1'],
      ['complete', '1'],
    ]);
  });

  it('MUST send the event to every subscription on every socket of the session, and to no other session', async () => {
    const ann = await register(url, { device: phone });
    const bob = await register(url, { device: phone });
    const [one, other, stranger] = await Promise.all([
      watch(url, ann.token),
      watch(url, ann.token),
      watch(url, bob.token),
    ]);
    subscribe(one, 'second', `subscription { ended: sessionEnded { reason } }`);
    await gql(url, { query: logoutOperation, token: ann.token });

    expect(await one.closed()).toEqual({ code: 4403, reason: 'LOGGED_OUT' });
    expect(await other.closed()).toEqual({ code: 4403, reason: 'LOGGED_OUT' });
    expect(one.messages.filter(({ type }) => type === 'next')).toHaveLength(2);
    expect(one.messages.filter(({ type }) => type === 'complete')).toHaveLength(2);
    expect(one.messages).toContainEqual({
      type: 'next',
      id: 'second',
      payload: { data: { ended: { reason: 'LOGGED_OUT' } } },
    });
    expect(stranger.messages.map(({ type }) => type)).toEqual(['connection_ack', 'pong']);
    expect(stranger.raw.readyState).toBe(stranger.raw.OPEN);
  });

  it('MUST close a socket without a subscription too', async () => {
    const ann = await register(url);
    const device = await connect(url, ann.token);
    await gql(url, { query: logoutOperation, token: ann.token });
    expect(await device.closed()).toEqual({ code: 4403, reason: 'LOGGED_OUT' });
  });

  it('MUST NOT lose an end during the set-up of a subscription', async () => {
    const email = randomEmail();
    await register(url, { email });
    for (let round = 0; round < 10; round += 1) {
      const older = await login(url, email, phone);
      const socket = await openSocket(url);
      socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${older.token}` } });
      const [closing] = await Promise.all([
        socket.closed(2_000),
        login(url, email, laptop),
        socket.message('connection_ack').then(
          () => {
            subscribe(socket);
          },
          () => undefined,
        ),
      ]);
      expect(closing).toEqual({ code: 4403, reason: 'SUPERSEDED' });
    }
  });

  it('MUST NOT send the event to a subscription that the client has completed', async () => {
    const ann = await register(url);
    const device = await watch(url, ann.token);
    device.send({ type: 'complete', id: '1' });
    subscribe(device, '2');
    await gql(url, { query: logoutOperation, token: ann.token });
    await device.closed();
    expect(device.messages.filter(({ type }) => type === 'next').map(({ id }) => id)).toEqual(['2']);
  });
});

describe('LIVE-02 a rejected token', () => {
  it('MUST close the socket with 4403 and the reason', async () => {
    const first = await register(url, { device: phone });
    await login(url, first.user.email, laptop);
    const cases = [
      [first.token, 'SUPERSEDED'],
      ['no.such.token', 'INVALID_TOKEN'],
      ['', 'INVALID_TOKEN'],
    ] as const;
    for (const [token, reason] of cases) {
      const device = await connect(url, token);
      expect(await device.closed()).toEqual({ code: 4403, reason });
      expect(device.messages).toEqual([]);
    }
  });

  it.each([
    { authorization: 7 },
    { authorization: ['Bearer x'] },
    { authorization: 'Bearer x', Authorization: 'Bearer x' },
  ])('MUST close the socket for malformed connection parameters: %o', async (payload) => {
    const device = await openSocket(url);
    device.send({ type: 'connection_init', payload });
    expect(await device.closed()).toEqual({ code: 4403, reason: 'INVALID_TOKEN' });
  });

  it('MUST be checked again when a subscription starts', async () => {
    const ann = await register(url);
    const device = await connect(url, ann.token);
    await Promise.all([
      gql(url, { query: logoutOperation, token: ann.token }).then(() => {
        subscribe(device);
      }),
      device.closed(),
    ]);
    expect(await device.closed()).toEqual({ code: 4403, reason: 'LOGGED_OUT' });
    for (const { type, payload } of device.messages)
      if (type === 'next')
        expect(payload).toMatchObject({ data: { sessionEnded: { reason: 'LOGGED_OUT' } } });
  });
});

describe('LIVE-03 a connection without a token', () => {
  it('MUST be acknowledged, and its subscription MUST get UNAUTHENTICATED with the reason NO_TOKEN', async () => {
    for (const payload of [undefined, {}, { authorization: '' }, { authorization: null }]) {
      const device = await openSocket(url);
      device.send({ type: 'connection_init', ...(payload && { payload }) });
      await device.message('connection_ack');
      subscribe(device, 'a');
      const { id, payload: errors } = await device.message('error');
      expect(id).toBe('a');
      expect(errors).toEqual([
        expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED', reason: 'NO_TOKEN' } }),
      ]);
      expect(device.raw.readyState).toBe(device.raw.OPEN);
      device.close();
    }
  });
});

describe('LIVE-04 a subscription over HTTP', () => {
  it('MUST be refused with a hint at websockets', async () => {
    const { token } = await register(url);
    const { errors } = await gql(url, { query: sessionEndedOperation, token });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(/websocket/);
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});
