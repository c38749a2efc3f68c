// Starts the bare server, which repeats an answer of another server.

import { fileURLToPath } from 'node:url';

import { type Answered } from './operations.js';
import { type MeasuredServer, startServer } from './processes.js';

const program = fileURLToPath(new URL('../servers/bare.ts', import.meta.url));

export function startBare(answer: Answered): Promise<MeasuredServer> {
  return startServer({
    args: ['--import', import.meta.resolve('tsx'), program],
    env: { ANSWER: JSON.stringify(answer) },
  });
}
