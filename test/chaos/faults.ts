// The faults of a run, in an order that the seed decides.

import { setTimeout as sleep } from 'node:timers/promises';

import { hearingMs, maxTellMs } from './checker.js';
import { type Random, pick } from './clients.js';
import { type Cluster } from './cluster.js';
import { type Fault, type Time } from './history.js';

interface Kind {
  readonly name: string;
  /** Begins the fault, and resolves when it is over. */
  readonly run: (cluster: Cluster, random: Random) => Promise<unknown>;
  /** The weight with which it is chosen. */
  readonly weight: number;
}

/** A calm, in milliseconds. The checker judges promptness in the time beyond {@link hearingMs} and {@link maxTellMs}. */
const calmMs = hearingMs + maxTellMs + 4_000;

/** Gives a duration from 1,000 to 4,000 ms. */
const aWhile = (random: Random) => 1_000 + random() * 3_000;

const kinds: readonly Kind[] = [
  {
    name: 'a node is killed',
    weight: 3,
    run: ({ nodes }, random) => pick(nodes, random).restart(random() * 1_000),
  },
  {
    name: 'a node is restarted in order',
    weight: 1,
    run: ({ nodes }, random) => pick(nodes, random).restartInOrder(),
  },
  {
    name: 'a node is frozen',
    weight: 2,
    run: ({ nodes }, random) => pick(nodes, random).freeze(aWhile(random)),
  },
  {
    name: 'a node is suspended for longer than any timeout',
    weight: 1,
    run: ({ nodes }, random) => pick(nodes, random).freeze(10_000 + 5_000 * random()),
  },
  {
    name: 'a clock jumps',
    weight: 1,
    run({ nodes }, random) {
      pick(nodes, random).jump();
      return Promise.resolve();
    },
  },
  {
    name: 'a node is cut off from the database',
    weight: 2,
    async run({ nodes }, random) {
      const { links } = pick(nodes, random);
      for (const link of links) link.refuse();
      await sleep(aWhile(random));
      for (const link of links) await link.pass();
    },
  },
  {
    name: 'connections are reset',
    weight: 2,
    async run({ nodes }, random) {
      for (let times = 0; times < 5; times += 1) {
        for (const link of pick(nodes, random).links) link.cut();
        await sleep(random() * 400);
      }
    },
  },
  {
    name: 'the network is silent',
    weight: 2,
    async run({ nodes }, random) {
      const { links } = pick(nodes, random);
      for (const link of links) link.silence();
      await sleep(aWhile(random));
      for (const link of links) await link.pass();
    },
  },
  {
    name: 'connections are silent for ever, and new ones are not',
    weight: 1,
    run({ nodes }, random) {
      for (const link of pick(nodes, random).links) link.strand();
      return sleep(aWhile(random));
    },
  },
  {
    name: 'the network is slow',
    weight: 1,
    async run({ nodes }, random) {
      const { links } = pick(nodes, random);
      for (const link of links) link.slow(30 + random() * 170);
      await sleep(aWhile(random));
      for (const link of links) await link.pass();
    },
  },
  {
    name: 'a node reaches only a standby that lags',
    weight: 1,
    async run({ nodes, servers }, random) {
      const link = pick(nodes, random).links[servers.primary()];
      await servers.pauseReplay();
      link?.refuse();
      await sleep(aWhile(random));
      await link?.pass();
      await servers.resumeReplay();
    },
  },
  {
    name: 'the database crashes',
    weight: 2,
    run: ({ servers }, random) => servers.crash(random() * 1_500),
  },
  {
    name: 'the database is suspended',
    weight: 1,
    run: ({ servers }, random) => servers.suspend(4_000 + 6_000 * random()),
  },
  {
    name: 'the primary is killed and the standby promoted',
    weight: 2,
    run: ({ servers }) => servers.failOver(),
  },
];

/**
 * Causes one fault after another until the run is over. After every third fault there is a calm, in which the checker can judge
 * promptness.
 */
export async function cause(
  cluster: Cluster,
  random: Random,
  now: () => Time,
  endsAt: Time,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  const all = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));
  for (let turn = 1; now() < endsAt; turn += 1) {
    const kind = pick(all, random);
    const startedAt = now();
    await kind.run(cluster, random);
    faults.push({ name: kind.name, startedAt, endedAt: now() });
    await sleep(Math.max(0, Math.min(turn % 3 === 0 ? calmMs : random() * 1_500, endsAt - now())));
  }
  return faults;
}
