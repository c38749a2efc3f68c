// `me` and `login` over a slow network to the database, beside the peers over the same network.

import { startDistance } from '../harness/distance.js';
import { startHufu } from '../harness/hufu.js';
import { graphqlRequest } from '../harness/load.js';
import { median, short } from '../harness/numbers.js';
import { login, loginAnswers, meRequests } from '../harness/operations.js';
import { getSessionRequest, installPeers, signInRequest, signUp, startPeer } from '../harness/peers.js';
import { print, printTable, progress } from '../harness/report.js';
import { measure, type Measured, type Variant } from '../harness/rounds.js';
import { seed, seedPeople } from '../harness/seed.js';
import { type Scenario } from './bench.js';

const roundTripsMs = [0, 1, 5, 20];

/** The number of connections. They are few, since this scenario measures the time of an answer. */
const clients = { me: 16, login: 2 };

/** The number of round trips that one login may wait for. */
const loginTrips = 5;

export const farScenario: Scenario = async ({ pace, postgres, generator, bar }) => {
  installPeers();
  const url = await postgres.createDatabase('bench_far');
  const distance = await startDistance(url);
  const hufu = await startHufu({
    database: { DATABASE_URL: distance.through(url) },
    env: { RATE_LIMITS: 'on' },
  });
  const requests = meRequests(await seed(url, 1_000, 1_000));
  const people = await seedPeople(url, 200);
  const express = await startPeer('express-drizzle', distance.through(url));
  const own = await postgres.createDatabase('bench_far_better_auth');
  const betterAuth = await startPeer('better-auth', distance.through(own), { COOKIE_CACHE: 'off' });
  const cookies = await signUp(betterAuth, 16);

  const meAnswer = '"me":{"id":"';
  const variants: readonly Variant[] = [
    {
      name: '`me`: Hufu',
      load: { ports: [hufu.port], connections: clients.me, requests, expect: meAnswer },
      servers: [hufu],
    },
    {
      name: '`me`: Apollo on Express, unprepared Drizzle',
      load: { ports: [express.port], connections: clients.me, requests, expect: meAnswer },
      servers: [express],
    },
    {
      name: 'session look-up: better-auth',
      load: {
        ports: [betterAuth.port],
        connections: clients.me,
        requests: cookies.map(getSessionRequest),
        expect: '"user":{',
      },
      servers: [betterAuth],
    },
    {
      name: '`login`: Hufu, limits on',
      load: {
        ports: [hufu.port],
        connections: clients.login,
        requests: people.map(({ email }) => graphqlRequest(login(email), null)),
        expect: loginAnswers,
      },
      servers: [hufu],
    },
    {
      name: 'sign-in: better-auth, limits off',
      load: {
        ports: [betterAuth.port],
        connections: clients.login,
        requests: cookies.map((_, index) => signInRequest(betterAuth, index)),
        expect: '"token":"',
      },
      servers: [betterAuth],
    },
  ];

  const byDistance: (readonly Measured[])[] = [];
  for (const ms of roundTripsMs) {
    progress(`far, ${String(ms)} ms`);
    await distance.setRoundTrip(ms);
    byDistance.push(await measure(generator, variants, pace));
  }
  const p50 = (distanceIndex: number, variant: number): number =>
    median(byDistance[distanceIndex]?.[variant]?.samples.map((sample) => sample.p50Ms) ?? []);

  print('## A database that is far away');
  print();
  print('Median milliseconds from the request to its answer, by the round trip between server and database.');
  print(`${String(clients.me)} connections for look-ups, ${String(clients.login)} for sign-ins.`);
  print();
  printTable([
    ['what', ...roundTripsMs.map((ms) => `${String(ms)} ms`)],
    ...variants.map(({ name }, variant) => [
      name,
      ...roundTripsMs.map((_, index) => short(p50(index, variant))),
    ]),
  ]);
  const last = roundTripsMs.length - 1;
  bar({
    name: 'round trips that a login waits for, by the time that 20 ms add to it',
    measured: (p50(last, 3) - p50(0, 3)) / 20,
    wanted: loginTrips + 1,
    atLeast: false,
  });
};
