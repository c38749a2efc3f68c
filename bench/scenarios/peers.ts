// `me` on Hufu and on the servers that a team could use instead, all on the same PostgreSQL server.

import { startHufu } from '../harness/hufu.js';
import { median } from '../harness/numbers.js';
import { meRequests } from '../harness/operations.js';
import { getSessionRequest, installPeers, signUp, startPeer } from '../harness/peers.js';
import { type MeasuredServer } from '../harness/processes.js';
import { print, printTable } from '../harness/report.js';
import { measure, rateOf, ratios, table, type Variant } from '../harness/rounds.js';
import { seed } from '../harness/seed.js';
import { type Scenario } from './bench.js';

/** The factor by which Hufu must serve more requests/s than a peer. */
const bars = [
  { program: 'apollo-standalone', name: 'Apollo standalone', times: 3.5 },
  { program: 'express-drizzle', name: 'Apollo on Express, unprepared Drizzle', times: 10 },
  { program: 'mercurius', name: 'Mercurius, JIT on', times: 2 },
  { program: 'yoga', name: 'GraphQL Yoga', times: null },
] as const;

const betterAuthTimes = 25;

export const peersScenario: Scenario = async ({ full, pace, connections, postgres, generator, bar }) => {
  installPeers();
  const url = await postgres.createDatabase('bench_peers');
  const hufu = await startHufu({ database: { DATABASE_URL: url } });
  const requests = meRequests(await seed(url, 1_000, 1_000));
  const variant = (name: string, server: MeasuredServer): Variant => ({
    name,
    load: { ports: [server.port], connections, requests, expect: '"me":{"id":"' },
    servers: [server],
    databaseCpuUs: () => postgres.cpuUs(),
  });

  const variants = [variant('Hufu', hufu)];
  for (const { program, name } of bars) {
    variants.push(variant(name, await startPeer(program, url)));
  }
  for (const cache of ['off', 'on']) {
    const own = await postgres.createDatabase(`bench_better_auth_${cache}`);
    const server = await startPeer('better-auth', own, { COOKIE_CACHE: cache });
    const cookies = await signUp(server, full ? 64 : 16);
    variants.push({
      ...variant(`better-auth get-session, cookie cache ${cache}`, server),
      load: {
        ports: [server.port],
        connections,
        requests: cookies.map(getSessionRequest),
        expect: '"user":{',
      },
    });
  }

  const measured = await measure(generator, variants, pace);
  const [ours] = measured;
  if (ours === undefined) throw new Error('nothing was measured');
  print('## `me` and what others would serve it with');
  print();
  print(
    'Every peer looks the session up in PostgreSQL for each request, prepared by the driver where nothing else',
  );
  print('is said. Base: Hufu.');
  print();
  printTable(table(measured, ours));
  const times = (name: string) => {
    const peer = measured.find((one) => one.variant === name);
    return peer === undefined ? Number.NaN : median(ratios(ours, peer, rateOf));
  };
  for (const { name, times: wanted } of bars) {
    if (wanted !== null) bar({ name: `requests/s of ${name}`, measured: times(name), wanted, atLeast: true });
  }
  bar({
    name: 'requests/s of better-auth get-session',
    measured: times('better-auth get-session, cookie cache off'),
    wanted: betterAuthTimes,
    atLeast: true,
  });
};
