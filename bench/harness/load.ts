// Starts a load generator, and sends it orders.

import { fileURLToPath } from 'node:url';

import { type Load, type Order, type Run } from './generator.js';
import { askProcess, spawnNode } from './processes.js';

export interface Generator {
  open(load: Load): Promise<void>;
  /** @throws when an answer was not the expected one */
  run(durationMs: number, maxRequests?: number): Promise<Run>;
  /** Runs without throwing: unexpected answers count as failed. */
  tryRun(durationMs: number): Promise<Run>;
  close(): Promise<void>;
}

const program = fileURLToPath(new URL('./generator.ts', import.meta.url));

export function startGenerator(): Generator {
  const child = spawnNode({ args: ['--import', import.meta.resolve('tsx'), program] });
  const order = (what: Order) => askProcess(child, what);
  return {
    async open(load) {
      await order({ kind: 'open', load });
    },
    async run(durationMs, maxRequests = Number.MAX_SAFE_INTEGER) {
      const run = (await order({ kind: 'run', durationMs, maxRequests })) as Run;
      if (run.failed > 0)
        throw new Error(`${String(run.failed)} answers failed: ${String(run.firstFailure)}`);
      return run;
    },
    tryRun: (durationMs) =>
      order({ kind: 'run', durationMs, maxRequests: Number.MAX_SAFE_INTEGER }) as Promise<Run>,
    async close() {
      await order({ kind: 'close' });
    },
  };
}

/** Makes the bytes of a POST of a GraphQL operation, with the headers that a front end sends. */
export function graphqlRequest(
  operation: { readonly query: string; readonly variables?: unknown },
  token: string | null,
): string {
  const authorization = token === null ? '' : `authorization: Bearer ${token}\r\n`;
  const body = JSON.stringify(operation);
  return (
    'POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\naccept: application/json\r\n' +
    `content-type: application/json\r\n${authorization}` +
    `content-length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`
  );
}
