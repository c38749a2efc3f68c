// Makes what the acts on sessions need, once, when a node starts.

import { findEnded } from './findEnded.js';
import { createSessionLookup } from './lookup.js';
import { createSessionNews } from './endEvents.js';
import { lapsesAt } from './slots.js';
import { standingOf } from './authenticate.js';
import { type SessionServices } from './services.js';
import { createSessionWatches } from './endWatcher.js';

/** From then on the node hears the news of the other nodes, until `watches` and the database are stopped. */
export function createSessionServices(
  parts: Omit<SessionServices, 'lookup' | 'news' | 'watches'>,
): SessionServices {
  const { database, clock, background, metrics, policy } = parts;
  const watches = createSessionWatches({
    clock,
    background,
    metrics,
    standing: (id) => standingOf(services, id),
    findEnded: (ids) => findEnded(services, ids),
    lapsesAt: (session) => lapsesAt(session, policy),
  });
  const services: SessionServices = {
    ...parts,
    lookup: createSessionLookup(database),
    news: createSessionNews({ database, background, metrics }, watches),
    watches,
  };
  return services;
}
