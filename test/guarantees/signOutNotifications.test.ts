// Sign-out notifications over two nodes, as two processes that share one PostgreSQL: a device learns of the end of its session
// within a second, also when the listening connection is cut, a node is killed, or a NOTIFY is never sent.

import { setTimeout as pause } from 'node:timers/promises';

import postgres from 'postgres';
import { describe, expect, inject, it } from 'vitest';

import { whenFileEnds } from '../support/whenFileEnds.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { laptop, login, logoutOperation, phone, register } from '../support/operations.js';
import { connect, subscribe, sessionEndedOn, watch } from '../support/socket.js';
import { spawnNode } from '../support/spawnNode.js';

describe.runIf(databaseKind === 'postgres')('sign-out notifications over two nodes', async () => {
  if (databaseKind !== 'postgres') return;
  const database = await readyDatabase();
  const databaseUrl = database.env['DATABASE_URL'] ?? '';
  const name = new URL(databaseUrl).pathname.slice(1);
  const [here, there] = await Promise.all([spawnNode({ database }), spawnNode({ database })]);
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const server = postgres(inject('postgresUrl') ?? '', { max: 1, onnotice: () => undefined });
  whenFileEnds(async () => {
    await Promise.all([sql.end(), server.end()]);
  });

  const listeners = () =>
    server<{ pid: number }[]>`select pid from pg_stat_activity
      where datname = ${name} and application_name = 'hufu listener'`;

  async function untilListening(count: number): Promise<void> {
    for (let tries = 0; (await listeners()).length < count; tries += 1) {
      if (tries > 100) throw new Error('the nodes do not listen');
      await pause(100);
    }
  }
  await untilListening(2);

  const waiting = () =>
    server`select from pg_stat_activity where datname = ${name} and wait_event_type = 'Lock'`;

  it('LIVE-05 a device on the other node MUST learn of a newer login within a second', async () => {
    const waited: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const ann = await register(there.url, { device: phone });
      const device = await watch(there.url, ann.token);
      await login(here.url, ann.user.email, laptop);
      const answeredAt = performance.now();
      expect(await sessionEndedOn(device)).toMatchObject({
        reason: 'SUPERSEDED',
        by: { name: 'Work laptop' },
      });
      waited.push(performance.now() - answeredAt);
      expect(await device.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
    }
    expect(Math.max(...waited)).toBeLessThan(1_000);
  });

  it('LIVE-06 devices on every node MUST each be told once of a logout', async () => {
    const ann = await register(here.url);
    const devices = await Promise.all([here, there, here, there].map((node) => watch(node.url, ann.token)));
    await gql(here.url, { query: logoutOperation, token: ann.token });
    for (const device of devices) {
      expect(await device.closed()).toEqual({ code: 4403, reason: 'LOGGED_OUT' });
      expect(device.messages.filter(({ type }) => type === 'next')).toHaveLength(1);
    }
  });

  it('LIVE-07 a node whose listening connection is cut MUST connect again and hear later ends', async () => {
    const before = (await listeners()).map(({ pid }) => pid);
    await server`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${name} and application_name = 'hufu listener'`;
    for (let tries = 0; tries < 100; tries += 1) {
      const now = (await listeners()).map(({ pid }) => pid);
      if (now.length === 2 && !now.some((pid) => before.includes(pid))) break;
      await pause(100);
    }
    const ann = await register(there.url, { device: phone });
    const device = await watch(there.url, ann.token);
    await login(here.url, ann.user.email, laptop);
    expect(await sessionEndedOn(device, 1_000)).toMatchObject({ reason: 'SUPERSEDED' });
  });

  it('LIVE-08 a node that listens again MUST find the ends that were published while it could not listen', async () => {
    const ann = await register(there.url, { device: phone });
    const device = await watch(there.url, ann.token);
    // Open connections continue, and new ones are refused.
    await server.unsafe(`alter database ${name} allow_connections false`);
    try {
      await server`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = ${name} and application_name = 'hufu listener'`;
      await login(here.url, ann.user.email, laptop);
    } finally {
      await server.unsafe(`alter database ${name} allow_connections true`);
    }
    expect(await sessionEndedOn(device, 3_000)).toMatchObject({ reason: 'SUPERSEDED' });
    await untilListening(2);
  });

  it('LIVE-09 the sweep MUST find an end for which no NOTIFY was sent', async () => {
    const ann = await register(there.url);
    const device = await watch(there.url, ann.token);
    // The state that a node leaves when it is killed between the commit and the NOTIFY.
    await sql`update hufu.sessions set ended_at = now(), end_reason = 'REVOKED' where id = ${ann.session.id}`;
    expect(await sessionEndedOn(device, 12_000)).toMatchObject({ reason: 'REVOKED', by: null });
  });

  it('LIVE-17 a subscription that begins while its session ends MUST report that end', async () => {
    const ann = await register(there.url);
    const device = await connect(there.url, ann.token);
    await sql.begin(async (transaction) => {
      await transaction`lock table hufu.sessions in access exclusive mode`;
      subscribe(device);
      await expect.poll(async () => (await waiting()).length, { timeout: 10_000 }).toBeGreaterThan(0);
      await transaction`update hufu.sessions set ended_at = now(), end_reason = 'REVOKED'
        where id = ${ann.session.id}`;
    });
    expect(await sessionEndedOn(device)).toMatchObject({ reason: 'REVOKED', by: null });
    expect(await device.closed()).toEqual({ code: 4403, reason: 'REVOKED' });
  });

  it.each([
    ['is slow', 1_250],
    ['times out', 2_500],
  ])(
    'LIVE-23 a subscription whose lookup %s MUST report an end that the node heard meanwhile',
    async (_how, forMs) => {
      const ann = await register(there.url);
      const device = await connect(there.url, ann.token);
      const later = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
      whenFileEnds(() => later.end());
      const untilWaiting = (count: number) =>
        expect.poll(async () => (await waiting()).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
      const lock = 'lock table hufu.sessions in access exclusive mode';
      let locked: Promise<unknown> = Promise.resolve();
      await sql.begin(async (transaction) => {
        await transaction.unsafe(lock);
        await later.notify('hufu_session_ended', `${ann.user.id},${ann.session.id}`);
        await untilWaiting(1);
        // The lookup of the subscription comes after that of the node, and waits for this lock.
        subscribe(device);
        locked = later.begin(async (second) => {
          await second.unsafe(lock);
          await pause(forMs);
        });
        await untilWaiting(2);
        await transaction`update hufu.sessions set ended_at = now(), end_reason = 'REVOKED'
        where id = ${ann.session.id}`;
      });
      expect(await sessionEndedOn(device)).toMatchObject({ reason: 'REVOKED', by: null });
      expect(await device.closed()).toEqual({ code: 4403, reason: 'REVOKED' });
      await locked;
    },
  );

  it('LIVE-10 a NOTIFY that is early, forged or malformed MUST NOT end a subscription', async () => {
    const ann = await register(there.url);
    const device = await watch(there.url, ann.token);
    const stranger = '00000000-0000-4000-8000-000000000000';
    for (const text of [
      '',
      ',',
      'x',
      `${stranger},${ann.session.id}`,
      `${stranger},${"',;\u{1f600}".repeat(900)}`,
    ]) {
      await sql.notify('hufu_session_ended', text);
    }
    device.send({ type: 'ping' });
    await pause(500);
    expect(device.messages.filter(({ type }) => type === 'next' || type === 'error')).toEqual([]);
    await gql(here.url, { query: logoutOperation, token: ann.token });
    expect(await sessionEndedOn(device, 1_000)).toMatchObject({ reason: 'LOGGED_OUT' });
    expect(there.output()).not.toMatch(/"level":50/);
  });

  it('LIVE-11 when a node is killed during logins, exactly the devices whose sessions ended MUST be told', async () => {
    const doomed = await spawnNode({ database });
    await untilListening(3);
    const people = await Promise.all(Array.from({ length: 8 }, () => register(there.url, { device: phone })));
    const devices = await Promise.all(people.map(({ token }) => watch(there.url, token)));
    const logins = people.map(({ user }) => login(doomed.url, user.email, laptop).catch(() => null));
    await Promise.race(logins);
    await doomed.kill();
    await Promise.all(logins);

    const rows = await sql<
      { id: string; end_reason: string | null }[]
    >`select id, end_reason from hufu.sessions
      where id in ${sql(people.map(({ session }) => session.id))}`;
    const ended = new Set(rows.filter((row) => row.end_reason !== null).map(({ id }) => id));
    expect(ended.size).toBeGreaterThan(0);
    for (const [index, device] of devices.entries()) {
      if (ended.has(people[index]?.session.id ?? '')) {
        expect(await sessionEndedOn(device, 12_000)).toMatchObject({ reason: 'SUPERSEDED' });
      } else expect(device.messages.some(({ type }) => type === 'next')).toBe(false);
    }
  });

  it('LIVE-12 a device whose node is killed MUST learn of its end when it connects to another node', async () => {
    const doomed = await spawnNode({ database });
    const ann = await register(here.url, { device: phone });
    const device = await watch(doomed.url, ann.token);
    await doomed.kill();
    expect(await device.closed()).toMatchObject({ code: 1006 });
    await login(here.url, ann.user.email, laptop);
    const again = await connect(there.url, ann.token);
    expect(await again.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
  });

  it('LIVE-13 a node that stops MUST close its sockets with 1001, and exit within 5 s', async () => {
    const leaving = await spawnNode({ database });
    const ann = await register(here.url, { device: phone });
    const devices = await Promise.all(Array.from({ length: 5 }, () => watch(leaving.url, ann.token)));
    // This device does not answer the close frame.
    devices[0]?.raw.pause();
    const startedAt = performance.now();
    expect(await leaving.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    for (const device of devices.slice(1)) expect(await device.closed()).toMatchObject({ code: 1001 });
  });
});
