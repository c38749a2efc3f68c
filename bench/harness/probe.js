// Loaded into every measured process before its own code: reports its CPU time, its memory and its profile to the benchmark.

import { Session } from 'node:inspector/promises';

const inspector = new Session();

/** @type {Readonly<Record<string, () => Promise<unknown>>>} */
const answers = {
  usage: () => Promise.resolve(usage()),
  memory: async () => {
    await Promise.resolve(globalThis.gc?.());
    return usage();
  },
  profileStart: async () => {
    inspector.connect();
    await inspector.post('Profiler.enable');
    await inspector.post('Profiler.start');
  },
  profileStop: async () => {
    const { profile } = await inspector.post('Profiler.stop');
    inspector.disconnect();
    return profile;
  },
};

function usage() {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpuUs: user + system, rssBytes: rss, heapBytes: heapUsed + external };
}

process.on('message', (question) => {
  void answers[String(question)]?.().then((answer) => process.send?.({ answer }));
});
// Ends with the benchmark, however that ended: nothing else would stop this process.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// The channel must not keep a process alive that would otherwise end.
process.channel?.unref();
