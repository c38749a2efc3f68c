// For whoever runs the process: whether it lives, and whether it should be sent requests.

import { type Readiness } from '../../db/database.js';
import { type Log } from '../../observability/log.js';
import { type HttpResponse, jsonType } from '../responses.js';
import { type Route } from '../route.js';
import { problems } from '../errorResponses.js';

const fine: HttpResponse = { status: 200, headers: jsonType, body: '{"status":"ok"}\n' };

/** The process: it answers, so it lives. Nothing else is asked, lest a database's outage have it restarted. */
export const healthz: Route = { allow: 'GET, HEAD', answer: () => fine };

export interface ReadinessOptions {
  /** Asks the database; resolves in bounded time. Rejecting counts as not ready. */
  readonly ready: () => Promise<Readiness>;
  /** Whether a stop has begun; nothing more should be sent here then. */
  readonly stopping: () => boolean;
  readonly log: Log;
}

/** What an operator reads of it. */
const unready = {
  READ_ONLY: problems.readOnly,
  TABLES_MISSING: problems.tablesMissing,
} as const satisfies Record<Exclude<Readiness, boolean>, HttpResponse>;

/** The database. However many ask at once, it is asked once. */
export function createReadyz({ ready, stopping, log }: ReadinessOptions): Route {
  let asked: Promise<Readiness> | null = null;

  const ask = async () => {
    try {
      return await ready();
    } catch (err) {
      log.warn({ err }, 'not ready');
      return false;
    } finally {
      asked = null;
    }
  };

  return {
    allow: 'GET, HEAD',
    answer: async () => {
      const readiness = !stopping() && (await (asked ??= ask()));
      if (typeof readiness === 'string') return unready[readiness];
      return readiness ? fine : problems.busy;
    },
  };
}
