// A primary that is lost, and a standby that takes over or lags behind: what nodes answer, lose and accept meanwhile.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, meOperation, register, type SignedInFields } from '../support/operations.js';
import { startServerPair } from '../support/serverPair.js';
import { told, watch } from '../support/socket.js';
import { spawnNode, type SpawnedNode } from '../support/spawnNode.js';
import { expectBooksToMatch, healed, healMs, outcomeOf, startLoad } from './load.js';
import { startProxy } from './proxy.js';

const me = ({ url }: SpawnedNode, { token }: SignedInFields) =>
  gql(url, { query: meOperation, token }).then(outcomeOf);

const readiness = async ({ url }: SpawnedNode) => {
  const response = await fetch(`${url}/readyz`);
  return `${String(response.status)} ${await response.text()}`;
};

/** A device that waits for its end on a node. */
const startDevice = async ({ url }: SpawnedNode) => {
  const person = await register(url);
  return { person, socket: await watch(url, person.token) };
};

describe.runIf(databaseKind === 'postgres')('FAULT-07 a failover to a synchronous standby', async () => {
  if (databaseKind !== 'postgres') return;
  const pair = await startServerPair('hufu_failover');
  const proxy = await startProxy(pair.primaryUrl());
  const urls = { both: `postgres://postgres@${pair.hosts.join(',')}/hufu_failover`, proxied: proxy.url };
  const [both, proxied] = await Promise.all(
    [urls.both, urls.proxied].map((url) => spawnNode({ database: { env: { DATABASE_URL: url } } })),
  );
  if (both === undefined || proxied === undefined) throw new Error('two nodes');
  const nodes = [both, proxied];

  it('MUST lose nothing, refuse no live token, and be over within 10 s of the promotion', async () => {
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
    // Whom each tells may be lost with the server.
    const logins = await Promise.all([signIn(0, proxied), signIn(1, both)]);
    await pair.killPrimary();
    await pause(500);
    await pair.promote();
    const promotedAt = performance.now();
    proxy.switchTo(pair.primaryUrl());
    const healing = (await Promise.all(loads.map((load) => healed(load, promotedAt)))).flat();
    logins.push(...(await Promise.all([signIn(2, proxied), signIn(3, both)])));
    for (const { socket } of devices)
      expect(await told(socket)).toMatchObject({ reason: 'SUPERSEDED', by: { kind: 'TV' } });
    await Promise.all(loads.map((load) => load.end()));

    console.info(`healed (me, login, register; twice) after ${healing.map(Math.round).join(', ')} ms`);
    expect(loads.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(Math.max(...healing)).toBeLessThan(healMs);
    const acknowledged = [
      ...loads.flatMap((load) => [...load.acknowledged]),
      ...devices.map(({ person }) => person.session.id),
      ...logins.map(({ session }) => session.id),
    ];
    await expectBooksToMatch(pair.primaryUrl(), new Set(acknowledged));
    for (const { socket } of devices)
      expect(socket.messages.filter(({ type }) => type === 'next')).toHaveLength(1);
  });

  it('MUST NOT have an ended token accepted where connections lead to a standby that lags', async () => {
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

  it('MUST be told to the operator of a node that starts with a standby alone', async () => {
    const node = await spawnNode({ database: { env: { DATABASE_URL: pair.standbyUrl() } } });
    expect(node.output()).toContain('The server is a standby, which takes no writes.');
    expect(await readiness(node)).toMatch(/^503 .*it is a standby or read-only/);
    expect(await node.stop()).toBe(0);
  });
});
