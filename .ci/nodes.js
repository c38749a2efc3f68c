// `npm run test:nodes [-- ARGS]`: runs the suite on every major version of Node that package.json allows. The npm package `node`
// has each version; ARGS go to vitest.

import { spawnSync } from 'node:child_process';

const versions = ['20.19', '22', '24', '26'];
const args = process.argv.slice(2);

const failed = versions.filter((version) => {
  console.log(`\nNode ${version}`);
  const vitest = ['node', 'node_modules/vitest/vitest.mjs', 'run', ...args];
  const { status } = spawnSync('npx', ['--yes', '--package', `node@${version}`, '--', ...vitest], {
    stdio: 'inherit',
  });
  return status !== 0;
});

if (failed.length > 0) {
  console.error(`Failed on Node ${failed.join(', ')}`);
  process.exitCode = 1;
}
