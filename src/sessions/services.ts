// The services of the acts on sessions. A node makes them once, when it starts.

import { type Background } from '../common/backgroundTasks.js';
import { type Clock } from '../common/clock.js';
import { type Database } from '../db/database.js';
import { type Metrics } from '../observability/metrics.js';
import { type SessionTokens } from '../tokens/sessionToken.js';
import { createEndEvents, type EndEvents } from './endEvents.js';
import { createSessionLookup, type SessionLookup } from './lookup.js';
import { type SessionPolicy } from './slots.js';

export interface SessionServices {
  readonly database: Database;
  readonly clock: Clock;
  readonly background: Background;
  readonly metrics: Metrics;
  readonly tokens: SessionTokens;
  readonly policy: SessionPolicy;
  readonly lookup: SessionLookup;
  /** An act that ends sessions publishes them here after its commit. */
  readonly endEvents: EndEvents;
}

export function createSessionServices(parts: Omit<SessionServices, 'lookup' | 'endEvents'>): SessionServices {
  return { ...parts, lookup: createSessionLookup(parts.database), endEvents: createEndEvents(parts) };
}
