// Nodes during a failover: a lost primary, and a standby that takes over or lags.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import {
  login,
  loginOperation,
  meOperation,
  password,
  register,
  type SignedInFields,
} from '../support/operations.js';
import { startServerPair } from '../support/serverPair.js';
import { sessionEndedOn, watch } from '../support/socket.js';
import { spawnNode, type SpawnedNode } from '../support/spawnNode.js';
import { expectConsistentSessions, healed, healMs, outcomeOf, startLoad } from './load.js';
import { startProxy } from './proxy.js';
import { query } from './serverDatabase.js';

const me = ({ url }: SpawnedNode, { token }: SignedInFields) =>
  gql(url, { query: meOperation, token }).then(outcomeOf);

const readiness = async ({ url }: SpawnedNode) => {
  const response = await fetch(`${url}/readyz`);
  return `${String(response.status)} ${await response.text()}`;
};

/** Waits until the standby has applied all that the primary has written so far. */
const untilReplayed = async (standbyUrl: string, primaryUrl: string) => {
  const [row] = await query(primaryUrl, 'select pg_current_wal_lsn()::text as lsn');
  const replayed = `select pg_last_wal_replay_lsn() >= '${String(row?.['lsn'])}' as done`;
  await expect.poll(() => query(standbyUrl, replayed)).toEqual([{ done: true }]);
};

/** Registers a user whose device subscribes to the end of its session. */
const startDevice = async ({ url }: SpawnedNode) => {
  const person = await register(url);
  return { person, socket: await watch(url, person.token) };
};

describe.runIf(databaseKind === 'postgres')('FAULT-07 a failover to a synchronous standby', async () => {
  if (databaseKind !== 'postgres') return;
  const pair = await startServerPair('hufu_failover');
  await query(pair.primaryUrl(), 'create role hufu login');
  await query(pair.primaryUrl(), 'alter database hufu_failover owner to hufu');
  const proxy = await startProxy(pair.primaryUrl());
  const [both, proxied] = await Promise.all(
    [pair.hosts.join(','), new URL(proxy.url).host].map((hosts) =>
      spawnNode({ database: { env: { DATABASE_URL: `postgres://hufu@${hosts}/hufu_failover` } } }),
    ),
  );
  if (both === undefined || proxied === undefined) throw new Error('a node is missing');
  const nodes = [both, proxied];

  it('MUST lose no acknowledged session, refuse no live token, and heal within 10 s of the promotion', async () => {
    const devices = await Promise.all([...nodes, ...nodes].map(startDevice));
    const loads = await Promise.all(
      nodes.map(async ({ url }) =>
        startLoad(url, await Promise.all(Array.from({ length: 3 }, () => register(url)))),
      ),
    );
    await pause(500);
    const run = randomUUID();
    const signIn = async (index: number, { url }: SpawnedNode) =>
      login(url, devices[index]?.person.user.email ?? '', { kind: 'TV', name: `${String(index)} ${run}` });
    // The notifications of these logins may be lost with the server.
    const logins = await Promise.all([signIn(0, proxied), signIn(1, both)]);
    await pair.killPrimary();
    await pause(500);
    await pair.promote();
    const promotedAt = performance.now();
    proxy.switchTo(pair.primaryUrl());
    const healing = (await Promise.all(loads.map((load) => healed(load, promotedAt)))).flat();
    logins.push(...(await Promise.all([signIn(2, proxied), signIn(3, both)])));
    for (const { socket } of devices)
      expect(await sessionEndedOn(socket)).toMatchObject({ reason: 'SUPERSEDED', by: { kind: 'TV' } });
    await Promise.all(loads.map((load) => load.end()));

    console.info(`healed (me, login, register; twice) after ${healing.map(Math.round).join(', ')} ms`);
    expect(loads.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(Math.max(...healing)).toBeLessThan(healMs);
    const acknowledged = [
      ...loads.flatMap((load) => [...load.acknowledged]),
      ...devices.map(({ person }) => person.session.id),
      ...logins.map(({ session }) => session.id),
    ];
    await expectConsistentSessions(pair.primaryUrl(), new Set(acknowledged));
    for (const { socket } of devices)
      expect(socket.messages.filter(({ type }) => type === 'next')).toHaveLength(1);
  });

  it('MUST NOT let a node accept an ended token while its connections lead to a lagging standby', async () => {
    await pair.rejoin();
    const ann = await register(both.url);
    await pair.pauseReplay();
    await login(both.url, ann.user.email);
    proxy.switchTo(pair.standbyUrl());
    const begunAt = performance.now();
    while (performance.now() - begunAt < 2_000) expect(await me(proxied, ann)).toBe('SERVICE_UNAVAILABLE');
    expect(await readiness(proxied)).toMatch(/^503 .*it is a standby or read-only/);
    proxy.switchTo(pair.primaryUrl());
    await expect.poll(() => me(proxied, ann)).toBe('UNAUTHENTICATED SUPERSEDED');
    await expect.poll(() => readiness(proxied)).toMatch(/^200 /);
    await pair.resumeReplay();
  });

  it('MUST be logged by a node that starts with a standby alone', async () => {
    const node = await spawnNode({ database: { env: { DATABASE_URL: pair.standbyUrl() } } });
    expect(node.output()).toContain('The server is a standby, which takes no writes.');
    expect(await readiness(node)).toMatch(/^503 .*it is a standby or read-only/);
    expect(await node.stop()).toBe(0);
  });

  it('MUST NOT let a node acknowledge a write whose wait for the standby an operator cancels', async () => {
    const url = pair.primaryUrl();
    const setStandbys = async (names: string) => {
      await query(url, `alter system set synchronous_standby_names = '${names}'`);
      await query(url, 'select pg_reload_conf()');
    };
    const person = await register(both.url);
    await setStandbys('absent');
    const input = { email: person.user.email, password };
    const signingIn = gql(both.url, { query: loginOperation, variables: { input } }).then(outcomeOf);
    const cancel = `select pg_cancel_backend(pid) as done from pg_stat_activity where wait_event = 'SyncRep'`;
    await expect.poll(() => query(url, cancel), { interval: 20 }).toContainEqual({ done: true });
    expect(await signingIn).toBe('SERVICE_UNAVAILABLE');
    await setStandbys('*');
  });

  it('MUST be detected by nodes while the old primary still accepts writes', async () => {
    // The killed primary of the test before caused no such warning.
    expect(both.output()).not.toContain('a failover has left');
    const oldUrl = pair.primaryUrl();
    for (const statement of [`alter system set synchronous_standby_names = ''`, 'select pg_reload_conf()'])
      await query(oldUrl, statement);
    const people = await Promise.all(nodes.map(({ url }) => register(url)));
    await untilReplayed(pair.standbyUrl(), oldUrl);
    await pair.promote();
    proxy.redirect(pair.primaryUrl());
    const promotedAt = performance.now();
    const ended = `update hufu.sessions set ended_at = now(), end_reason = 'REVOKED' where ended_at is null`;
    await query(pair.primaryUrl(), ended);
    const states = () => Promise.all(people.map((person, index) => me(nodes[index] ?? both, person)));
    await expect
      .poll(states, { timeout: 30_000 })
      .toEqual(['UNAUTHENTICATED REVOKED', 'UNAUTHENTICATED REVOKED']);
    console.info(
      `left the old primary ${String(Math.round(performance.now() - promotedAt))} ms after the promotion`,
    );
    expect(both.output()).toContain(`a failover has left ${new URL(oldUrl).host} behind`);

    // Writes and the listener use the new primary too.
    const devices = await Promise.all(nodes.map(startDevice));
    await login(both.url, devices[1]?.person.user.email ?? '');
    await login(proxied.url, devices[0]?.person.user.email ?? '');
    for (const { socket } of devices)
      expect(await sessionEndedOn(socket, 5_000)).toMatchObject({ reason: 'SUPERSEDED' });
    const ids = devices.map(({ person }) => person.session.id);
    const found = await query(
      pair.primaryUrl(),
      `select id from hufu.sessions where id in (${ids.map((id) => `'${id}'`).join(', ')})`,
    );
    expect(found).toHaveLength(2);
    // While the new primary is away, the old one stays unused.
    await pair.killPrimary();
    await pause(1_000);
    expect(await states()).toEqual(['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
    expect(await readiness(both)).toMatch(/^503 /);
  });
});
