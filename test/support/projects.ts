// Lists which test file runs in which project. A file without a database runs once, as `unit`. Every other file runs on a real
// PostgreSQL server. Files about what the database itself decides also run on the embedded one.

/** Files without a database: one that asks for a database fails. */
export const unit = filesOf(`
  auth/input auth/totp auth/webauthn
  chaos/chaos
  client/faults
  cli/format
  common/batchLoader common/fairQueue common/networks common/sealing
  config config/localSecret
  db/clock db/url
  docs
  guard/bounds guard/connections.fuzz guard/forward
  graphql/persisted/stores graphql/validation/measure graphql/validation/rule
  hufu/hostRequest hufu/options
  http/body http/clientIp http/connectionPermits http/connections http/cors http/delivery http/everyResponse http/brokenClients
  http/graphqlRoute http/hostCheck
  http/landingPage http/emailLinks http/negotiate http/parsers http/routes http/websocketLimits http/shutdown http/streams
  observability/logStream
  mail/clientText mail/smtp
  observability/errorForLog
  passwords/hasher passwords/policy passwords/pool
  rateLimit/gates rateLimit/reservations
  remote/fakeHufu
  sessions/endWatcher
  suite
  tokens/jwt tokens/keyring tokens/linkToken tokens/sessionToken tokens/verifiedTokens
  users/email
`);

/**
 * Files about what a database decides: the statements of users, sessions, events, counters and mails, races, what survives a kill or
 * a stop, and what an error of the driver says. HTTP, GraphQL, clients, texts and settings are the same on both.
 */
export const embedded = filesOf(`
  audit/reading audit/rows
  auth/deleteAccount auth/flows auth/expiredSession auth/races
  cli/process
  db/builtOnce db/transaction
  graphql/management graphql/sessionEnded
  guarantees/durability guarantees/idempotency guarantees/enumeration guarantees/enumeration-by-pairs
  guarantees/shutdown guarantees/supersede
  mail/delivery mail/secrecy
  rateLimit/counters rateLimit/recovery
  secrets/secrets
  sessions/endings sessions/lookup sessions/policy sessions/purge
`);

/** Files about the embedded database alone: its folder, which one process holds. */
export const embeddedOnly = filesOf(`
  db/dataFolder db/embedded db/folderModes
`);

/** The files that take longest, the longest first: they start first, so that no worker is left with one at the end. */
export const longest = filesOf(`
  memory/growth image chaos/run faults/faults cli/process guarantees/policies faults/tls auth/emailLinks guarantees/enumeration-by-work examples/commands
  secrets/secrets faults/failover http/landingPage.browser http/unreadResponses rateLimit/mails auth/twoStep
  guarantees/enumeration-by-pairs faults/databaseAway auth/races auth/notifications mail/delivery guarantees/rollingRestart
  http/connections.fuzz process guarantees/idleSubscribers hufu/databaseDeath db/roundTrips auth/flows guarantees/signOutNotifications
  examples/hosts db/migrations graphql/websocketRules guard/guard db/embedded guarantees/enumeration-by-mail mail/settings
  observability/logReader db/pgbouncer graphql/sessionExpiry http/brokenClients auth/admin audit/acts rateLimit/operations rateLimit/sharedCounts
  faults/partition testing/kit guarantees/durability client/loginCode hufu/lifecycle http/emailLinks.browser remote/chaos
  team/clone auth/deleteAccount audit/rows guarantees/idempotency remote/fakeHufu guarantees/shutdown http/body http/shutdown http/delivery
`);

function filesOf(names: string): readonly string[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => `test/${name}.test.ts`);
}
