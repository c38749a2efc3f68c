// Serves one of the hosts with the settings of a node until a signal. docs/hosts.md has the command.

import { fromEnvironment, type HufuOptions } from 'hufu';

interface Host {
  start(options: HufuOptions, port: number): Promise<{ readonly url: string; stop(): Promise<void> }>;
}

const [name = 'express', port = '4000'] = process.argv.slice(2);
const { start } = (await import(`./${name}/server.js`)) as Host;
const { url, stop } = await start(fromEnvironment(), Number(port));
process.once('SIGINT', () => void stop());
process.once('SIGTERM', () => void stop());
console.log(`${name} is at ${url}`);
