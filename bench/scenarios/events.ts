// A login on one node supersedes a session whose device is subscribed at another node: the time until the event arrives.

import { setTimeout as pause } from 'node:timers/promises';

import { startHufu } from '../harness/hufu.js';
import { median, quantile, short } from '../harness/numbers.js';
import { ask, login, loginAnswers } from '../harness/operations.js';
import { type MeasuredServer } from '../harness/processes.js';
import { print, printTable, progress } from '../harness/report.js';
import { type Person, seedPeople } from '../harness/seed.js';
import { nowMs, type Subscriber, subscribeAll } from '../harness/subscribers.js';
import { type Scenario } from './bench.js';

/** The number of devices that stay subscribed throughout; those that get an event come in addition. */
const waiting = 1_000;
const warmUp = 20;
const perSecond = 20;
const eventTimeoutMs = 10_000;

/** Durations in milliseconds. */
interface Delay {
  readonly answered: number;
  readonly sinceSent: number;
  readonly sinceEnd: number;
}

export const eventsScenario: Scenario = async ({ full, postgres, bar }) => {
  const url = await postgres.createDatabase('bench_events');
  const database = { DATABASE_URL: url };
  const [here, there] = await Promise.all([startHufu({ database }), startHufu({ database })]);
  const count = full ? 1_000 : 200;
  const people = await seedPeople(url, waiting + warmUp + count);
  const subscribers = await subscribeAll(
    there.port,
    people.map(({ token }) => token),
  );
  progress(`${String(subscribers.length)} subscribers`);

  const startMs = nowMs();
  const logins: Promise<Delay>[] = [];
  for (let index = 0; index < warmUp + count; index += 1) {
    await pause(Math.max(0, startMs + (index * 1_000) / perSecond - nowMs()));
    const [person, subscriber] = [people[index], subscribers[index]];
    if (person === undefined || subscriber === undefined) break;
    const delay = logIn(here, person, subscriber);
    // Awaited below, with all the others.
    delay.catch(() => undefined);
    logins.push(delay);
  }
  const delays = (await Promise.all(logins)).slice(warmUp);
  for (const subscriber of subscribers) subscriber.close();

  const row = (name: string, values: readonly number[]) => [
    name,
    short(median(values)),
    short(quantile(values, 0.99)),
    short(Math.max(...values)),
  ];
  const sinceEnd = delays.map((delay) => delay.sinceEnd);
  print('## From a login on one node to the event on another');
  print();
  print(
    `${String(perSecond)} logins/s for ${String(count / perSecond)} s, at least ${waiting.toLocaleString('en-US')} subscribers on the other node. A login begins`,
  );
  print(
    "with its password's hash; the session has ended at the time that the event has, just before the commit.",
  );
  print();
  printTable([
    ['', 'median ms', 'p99 ms', 'max ms'],
    row(
      'login sent to its answer',
      delays.map((delay) => delay.answered),
    ),
    row(
      'login sent to the event',
      delays.map((delay) => delay.sinceSent),
    ),
    row('session ended to the event', sinceEnd),
  ]);
  bar({
    name: 'supersession to event on another node: median',
    measured: median(sinceEnd),
    wanted: 25,
    atLeast: false,
    unit: ' ms',
  });
  bar({
    name: 'supersession to event on another node: p99',
    measured: quantile(sinceEnd, 0.99),
    wanted: 250,
    atLeast: false,
    unit: ' ms',
  });
};

async function logIn(
  node: MeasuredServer,
  { email }: Person,
  { event: arrival }: Subscriber,
): Promise<Delay> {
  const sentAtMs = nowMs();
  const { body } = await ask(node, login(email));
  const answeredAtMs = nowMs();
  if (!body.includes(loginAnswers)) throw new Error(`a login failed: ${body}`);
  const event = await Promise.race([arrival, late()]);
  return {
    answered: answeredAtMs - sentAtMs,
    sinceSent: event.arrivedAtMs - sentAtMs,
    sinceEnd: event.arrivedAtMs - event.endedAtMs,
  };
}

async function late(): Promise<never> {
  await pause(eventTimeoutMs, undefined, { ref: false });
  throw new Error('an event did not come');
}
