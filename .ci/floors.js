// The floors of src/, from the lowest: the import rules and the table in ARCHITECTURE.md come from this list.
// A room imports only from floors below its own.

/** @type {readonly { readonly rooms: readonly string[], readonly holds: string }[]} */
export const floors = [
  { rooms: ['observability', 'client'], holds: 'log, metrics, tracing; the package for front ends' },
  { rooms: ['common'], holds: 'the clock, background tasks, small helpers without a room of their own' },
  { rooms: ['config'], holds: 'the settings; the only reader of the environment' },
  {
    rooms: ['db', 'tokens', 'passwords', 'mail', 'rateLimit'],
    holds: 'tables and drivers; signing and verifying; hashing; sending; counting attempts',
  },
  { rooms: ['users', 'tables'], holds: 'the user and the key of an e-mail; the tables that teams may join' },
  { rooms: ['audit'], holds: 'security events: record, list, delete' },
  { rooms: ['sessions'], holds: 'slots; open, authenticate, end, list and watch sessions' },
  {
    rooms: ['tickets'],
    holds: 'short proofs of a session for servers that verify by themselves, and their keys',
  },
  {
    rooms: ['auth', 'integrations'],
    holds:
      'register, log in, change and reset a password, change an e-mail, delete an account; requests from services',
  },
  { rooms: ['graphql'], holds: 'context, resolvers, validation, subscriptions, the Apollo server' },
  { rooms: ['http'], holds: 'requests to plain values and back: routes, limits, CORS, websockets, pages' },
  { rooms: ['maintenance'], holds: 'deletes what has expired' },
  { rooms: ['core'], holds: 'everything below HTTP: the services over one database, their start and stop' },
  { rooms: ['hufu'], holds: "the package: Hufu inside a team's own server" },
  { rooms: ['remote'], holds: 'the package for a server whose Hufu runs elsewhere; no room with a database' },
  { rooms: ['guard'], holds: 'a proxy that ends the streams of another server with their session' },
  { rooms: ['app'], holds: 'a node of its own: listens, stops' },
  { rooms: ['team'], holds: "a clone's own resolvers, tables and hooks; upstream never touches them" },
  {
    rooms: ['testing'],
    holds: 'the test kit: users, mails and time of a test',
  },
  { rooms: ['main', 'cli', 'index'], holds: "the process; the commands of operators; the package's entry" },
];

const start = '<!-- floors: start -->';
const end = '<!-- floors: end -->';

/**
 * Writes the table of floors between the markers of a page.
 *
 * @param {string} page
 */
export function withFloors(page) {
  const [before, rest] = page.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`ARCHITECTURE.md needs ${start} and ${end}`);
  const rows = floors
    .map(
      ({ rooms, holds }, floor) =>
        `| ${String(floor)} | ${rooms.map((room) => `\`${room}\``).join(' ')} | ${holds} |`,
    )
    .reverse();
  return [
    before,
    start,
    '\n\n',
    ['| floor | rooms | what they hold |', '| --- | --- | --- |', ...rows].join('\n'),
    '\n\n',
    end,
    after,
  ].join('');
}
