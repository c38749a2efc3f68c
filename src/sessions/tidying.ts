// Tidies the sessions now and then, on whichever node comes to it first.

import { endLapsedUnseen, purgeTombstones } from './purge.js';
import { type SessionServices } from './services.js';

/** How often, in milliseconds; each node begins at a moment of its own, so that they take turns. */
const everyMs = 600_000;

/**
 * Begins to tidy; the function that is given back ends it.
 *
 * @param historyDays for how many days an ended session stays in the history
 */
export function startTidying(services: SessionServices, historyDays: number): () => void {
  const tidy = () => {
    const work = async () => {
      await endLapsedUnseen(services);
      await purgeTombstones(services, historyDays);
    };
    services.background.run('tidy the sessions', work, 'tidy the sessions');
    timer = setTimeout(tidy, everyMs).unref();
  };
  let timer = setTimeout(tidy, everyMs * Math.random()).unref();
  return () => {
    clearTimeout(timer);
  };
}
