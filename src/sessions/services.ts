// What the acts on sessions need; made once, when the node starts.

import { type Background } from '../common/backgroundTasks.js';
import { type Clock } from '../common/clock.js';
import { type Database } from '../db/database.js';
import { type Metrics } from '../observability/metrics.js';
import { type SessionTokens } from '../tokens/sessionToken.js';
import { type SessionLookup } from './lookup.js';
import { type EndEvents } from './endEvents.js';
import { type SessionPolicy } from './slots.js';
import { type EndWatcher } from './endWatcher.js';

export interface SessionServices {
  readonly database: Database;
  readonly clock: Clock;
  readonly background: Background;
  readonly metrics: Metrics;
  readonly tokens: SessionTokens;
  readonly policy: SessionPolicy;
  readonly lookup: SessionLookup;
  /** Whatever ends sessions tells it so, after the commit. */
  readonly endEvents: EndEvents;
  readonly endWatcher: EndWatcher;
}
