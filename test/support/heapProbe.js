// Loaded into a node before its own code: on SIGUSR2 it says, in a line of its own on standard error, what memory it
// cannot do without.

import { Session } from 'node:inspector/promises';

const inspector = new Session();
inspector.connect();

process.on('SIGUSR2', () => {
  void measure();
});

async function measure() {
  // Some things go only when what pointed to them is known to have gone.
  for (let times = 0; times < 3; times += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await inspector.post('HeapProfiler.collectGarbage');
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stderr.write(`memory ${JSON.stringify({ rss, heap: heapUsed, external })}\n`);
}
