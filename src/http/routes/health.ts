// Tells the system that runs the process whether it lives, and whether it should get requests.

import { type Readiness } from '../../db/database.js';
import { type Log } from '../../observability/log.js';
import { errorResponses, type HttpResponse, jsonType } from '../responses.js';
import { type Route } from '../route.js';

const fine: HttpResponse = { status: 200, headers: jsonType, body: '{"status":"ok"}\n' };

/** Answers that the process lives. The database is not asked: its outage must not restart the process. */
export const healthz = { allow: 'GET, HEAD', answer: () => fine } as const satisfies Route;

export interface ReadinessOptions {
  /** Asks the database; resolves in bounded time. A rejection counts as not ready. */
  readonly ready: () => Promise<Readiness>;
  /** Tells whether a stop has begun: a node that stops is not ready. */
  readonly stopping: () => boolean;
  readonly log: Log;
}

/** The answers that tell an operator why a database is not ready. */
const unready = {
  READ_ONLY: errorResponses.readOnly,
  TABLES_MISSING: errorResponses.tablesMissing,
  RIGHTS_MISSING: errorResponses.rightsMissing,
} as const satisfies Record<Exclude<Readiness, boolean>, HttpResponse>;

/** Makes the route that tells whether the database is ready. Requests at the same time share one question to it. */
export function createReadyz({ ready, stopping, log }: ReadinessOptions) {
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
      return readiness ? fine : errorResponses.busy;
    },
  } as const satisfies Route;
}
