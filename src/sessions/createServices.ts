// Makes what the acts on sessions need, once, when a node starts.

import { findEnded } from './findEnded.js';
import { createSessionLookup } from './lookup.js';
import { createEndEvents } from './endEvents.js';
import { expiryOf } from './slots.js';
import { sessionStateOf } from './authenticate.js';
import { type SessionServices } from './services.js';
import { createEndWatcher } from './endWatcher.js';

/** From then on the node hears the news of the other nodes, until `watches` and the database are stopped. */
export function createSessionServices(
  parts: Omit<SessionServices, 'lookup' | 'endEvents' | 'endWatcher'>,
): SessionServices {
  const { database, clock, background, metrics, policy } = parts;
  const endWatcher = createEndWatcher({
    clock,
    background,
    metrics,
    sessionState: (id) => sessionStateOf(services, id),
    findEnded: (ids) => findEnded(services, ids),
    expiryOf: (session) => expiryOf(session, policy),
  });
  const services: SessionServices = {
    ...parts,
    lookup: createSessionLookup(database),
    endEvents: createEndEvents({ database, background, metrics }, endWatcher),
    endWatcher,
  };
  return services;
}
