// Loaded into a node before its own code (`node --import`): on SIGUSR2 the node collects its garbage and writes the memory that it
// still holds as one line on standard error.

import { Session } from 'node:inspector/promises';

const inspector = new Session();
inspector.connect();

process.on('SIGUSR2', () => {
  void measure();
});

async function measure() {
  // One collection does not free everything: finalizers run after it and free more.
  for (let times = 0; times < 3; times += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await inspector.post('HeapProfiler.collectGarbage');
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stderr.write(`memory ${JSON.stringify({ rss, heap: heapUsed, external })}\n`);
}
