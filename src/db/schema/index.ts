// The tables, for both drivers; `drizzle/` holds the migration generated from them. The rules that must hold under any race
// are here: one account for an email, one live session for a slot, only events that can happen.

export * from './audit.js';
export * from './challenges.js';
export * from './emails.js';
export * from './factors.js';
export * from './identities.js';
export * from './kinds.js';
export * from './rateLimits.js';
export * from './serviceAccounts.js';
export * from './sessions.js';
export * from './users.js';
