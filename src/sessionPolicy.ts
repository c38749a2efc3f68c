// The policy of sessions as the settings have it, for every process that opens or ends sessions.

import { type Config } from './config/index.js';
import { type SessionPolicy } from './sessions/slots.js';

export function sessionPolicy(config: Config): SessionPolicy {
  return {
    limit: config.sessionLimit,
    scope: config.sessionScope,
    overflow: config.sessionOverflow,
    ttlSeconds: config.sessionTtlSeconds,
    idleSeconds: config.sessionIdleSeconds,
  };
}
