// `unit` needs no database. `postgres` is a real server, `pglite` the embedded database: test/support/projects.ts says what
// runs where.

import { createRequire } from 'node:module';

import { defineConfig } from 'vitest/config';

import './test/support/provided.js';
import { LongestFirst } from './test/support/longestFirst.js';
import { embedded, embeddedOnly, unit } from './test/support/projects.js';
import { testFlags } from './test/support/v8Flags.js';

const require = createRequire(import.meta.url);

interface Project {
  readonly name: 'unit' | 'postgres' | 'pglite';
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly globalSetup?: readonly string[];
}

const project = ({ name, include, exclude = [], globalSetup = [] }: Project) => ({
  extends: true as const,
  test: {
    name,
    include: [...include],
    exclude: [...exclude],
    execArgv: testFlags(name === 'pglite'),
    globalSetup: [...globalSetup],
    provide: { database: name === 'unit' ? null : name, postgresUrl: null, postgresTables: null },
  },
});

export default defineConfig({
  resolve: {
    // An example imports `hufu/client` as an app does, and gets the source.
    tsconfigPaths: true,
    // Vite would load the ES module beside the CommonJS one that Node gives to libraries, and an error made by
    // one copy is no GraphQLError to the other.
    alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }],
  },
  // An import that only types need is none, as in the build.
  oxc: { typescript: { onlyRemoveTypeImports: false } },
  test: {
    environment: 'node',
    setupFiles: ['test/support/cleanup.ts'],
    runner: './test/support/runner.ts',
    reporters: ['default', './test/support/summary.ts'],
    // One process runs many files and loads the code once, which is most of what a small file costs.
    isolate: false,
    // Three times the cores of most machines of CI: most tests wait most of the time.
    maxWorkers: 6,
    sequence: { sequencer: LongestFirst },
    // Of a file's tests that say they may run beside one another, since they mostly wait.
    maxConcurrency: 2,
    // Patience for a machine that is busy with other things; no test waits for as long by itself.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    projects: [
      project({ name: 'unit', include: unit }),
      project({
        name: 'postgres',
        include: ['test/**/*.test.ts'],
        exclude: [...unit, ...embeddedOnly],
        globalSetup: ['test/support/build.ts', 'test/support/postgresServer.ts'],
      }),
      project({
        name: 'pglite',
        include: [...embedded, ...embeddedOnly],
        globalSetup: ['test/support/build.ts'],
      }),
    ],
  },
});
