// The whole suite runs twice: on the embedded database, and on a real PostgreSQL server.

import { createRequire } from 'node:module';

import { defineConfig } from 'vitest/config';

import './test/support/provided.js';

const require = createRequire(import.meta.url);

const project = (database: 'pglite' | 'postgres', globalSetup: string[]) => ({
  extends: true as const,
  test: {
    name: database,
    provide: { database, postgresUrl: null, embeddedTables: null },
    globalSetup: ['test/support/build.ts', ...globalSetup],
  },
});

export default defineConfig({
  resolve: {
    // Vite would load the ES module beside the CommonJS one that Node gives to libraries, and an error made by
    // one copy is no GraphQLError to the other.
    alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    setupFiles: ['test/support/cleanup.ts'],
    runner: './test/support/runner.ts',
    reporters: ['default', './test/support/summary.ts'],
    // One process runs many files and loads the code once, which is most of what a small file costs.
    isolate: false,
    maxWorkers: 2,
    // Of a file's tests that say they may run beside one another, since they mostly wait.
    maxConcurrency: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    projects: [
      project('pglite', ['test/support/embeddedTables.ts']),
      project('postgres', ['test/support/postgresServer.ts']),
    ],
  },
});
