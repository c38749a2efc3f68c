// What `hufu/tables` exports: the Drizzle tables that a team's own may join and reference. Hufu alone writes to them.

export { securityEvents, sessions, users } from '../db/schema/index.js';
