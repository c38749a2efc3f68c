// The CPU time of `me` by package and by function. Runs only when it is named: `npm run bench -- --only profile`.

import { openCheckout } from '../harness/checkouts.js';
import { meAnswers, meRequests } from '../harness/operations.js';
import { readProfile, type Share } from '../harness/profile.js';
import { print, printTable } from '../harness/report.js';
import { take } from '../harness/rounds.js';
import { type Scenario } from './bench.js';

const shown = 25;

export const profileScenario: Scenario = async ({ pace, connections, postgres, generator, against }) => {
  const measured = await openCheckout(postgres, 'bench_profile', against);
  const hufu = await measured.start();
  const requests = meRequests(await measured.addSessions(1_000));
  const variant = {
    name: 'Hufu',
    load: { ports: [hufu.port], connections, requests, expect: meAnswers },
    servers: [hufu],
  };
  await take(generator, variant, pace.warmUpMs * 2);
  const profile = await hufu.profile(() => take(generator, variant, pace.sliceMs * 4));

  const { packages, functions } = readProfile(profile);
  print('## Where the time of `me` goes');
  print();
  printTable([['package', 'share of the busy time'], ...packages.slice(0, shown).map(row)]);
  printTable([['function', 'share of the busy time'], ...functions.slice(0, shown * 2).map(row)]);
};

function row({ name, share }: Share): string[] {
  return [name, `${(share * 100).toFixed(1)}%`];
}
