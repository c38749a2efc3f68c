// The house: which folder may import which, and which folder alone may use a package. ARCHITECTURE.md describes it.

import { floors as described } from './.ci/floors.js';

const severity = /** @type {const} */ ('error');

/** From the ground up. A room may use the floors below its own, never a neighbour. */
const floors = described.map(({ rooms }) => rooms);

/** Packages, as a pattern of their names, that only the named rooms may import. */
const keepers = [
  { of: 'drivers', packages: 'postgres|@electric-sql/.+', rooms: ['db'] },
  { of: 'jsonwebtoken', packages: 'jsonwebtoken', rooms: ['tokens'] },
  { of: 'hashing', packages: '@node-rs/argon2|piscina|@zxcvbn-ts/.+', rooms: ['passwords'] },
  { of: 'nodemailer', packages: 'nodemailer', rooms: ['mail'] },
  {
    of: 'graphql',
    packages: 'graphql|graphql-ws|graphql-scalars|@graphql-tools/.+|@apollo/.+',
    rooms: ['graphql', 'http', 'client', 'hufu', 'testing'],
  },
  { of: 'ws', packages: 'ws', rooms: ['http', 'guard'] },
  { of: 'logging', packages: 'pino|pino-pretty', rooms: ['observability'] },
  { of: 'measuring', packages: 'prom-client', rooms: ['observability'] },
  { of: 'tracing', packages: '@opentelemetry/.+', rooms: ['observability'] },
];

/** @param {readonly string[]} rooms */
const inRooms = (rooms) => `^src/(?:${rooms.join('|')})(?:/|\\.ts$)`;

const downward = floors.flatMap((floor, level) =>
  floor.map((room) => ({
    name: `${room}-looks-down`,
    comment: 'A room imports only from the floors below its own.',
    severity,
    from: { path: inRooms([room]) },
    to: {
      path: inRooms(
        floors
          .slice(level)
          .flat()
          .filter((other) => other !== room)
          .concat('(?!)'),
      ),
    },
  })),
);

const kept = keepers.map(({ of, packages, rooms }) => ({
  name: `${of}-only-in-${rooms.join('-and-')}`,
  comment: 'One folder knows the package; the others know the folder.',
  severity,
  from: { path: '^src/', pathNot: inRooms(rooms) },
  to: { path: `node_modules/(?:${packages})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...downward,
    ...kept,
    {
      name: 'only-db-picks-a-driver',
      severity,
      from: { path: '^src/', pathNot: inRooms(['db']) },
      to: { path: 'node_modules/drizzle-orm/(?:pglite|postgres-js)/' },
    },
    {
      name: 'only-servers-and-clients-import-node-http',
      severity,
      from: { path: '^src/', pathNot: inRooms(['http', 'hufu', 'remote', 'guard']) },
      to: { path: '^(?:node:)?https?2?$' },
    },
    {
      name: 'client-stands-alone',
      comment: 'A browser loads src/client/: it has nothing of the server and nothing of Node.',
      severity,
      from: { path: inRooms(['client']) },
      to: { path: '^(?:src|test|bench|\\.ci)/', pathNot: inRooms(['client']) },
    },
    {
      name: 'client-has-no-node',
      severity,
      from: { path: inRooms(['client']) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'client-needs-no-package',
      comment: 'Only the entries for Apollo Client and React use what their apps have.',
      severity,
      from: { path: inRooms(['client']), pathNot: '^src/client/(?:apollo|react)\\.ts$' },
      to: { path: 'node_modules/' },
    },
    {
      name: 'server-uses-no-client',
      severity,
      from: { path: '^src/', pathNot: inRooms(['client', 'testing']) },
      to: { path: inRooms(['client']) },
    },
    {
      name: 'every-file-has-a-room',
      comment: 'Give a new folder or file its floor in .ci/floors.js.',
      severity,
      from: { path: '^src/', pathNot: inRooms(floors.flat()) },
      to: {},
    },
    {
      name: 'no-circles',
      severity,
      from: {},
      to: { circular: true },
    },
    {
      name: 'src-stands-alone',
      severity,
      from: { path: '^src/' },
      to: { path: '^(?:test|bench|\\.ci)/' },
    },
    {
      name: 'no-missing-imports',
      severity,
      from: {},
      // Types alone: there is nothing to run in the package.
      to: { couldNotResolve: true, pathNot: '^@graphql-typed-document-node/core$' },
    },
    {
      name: 'no-development-packages-in-src',
      comment: 'What an app brings, a peer, is there for development as well.',
      severity,
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      mainFields: ['main', 'types'],
    },
  },
};
