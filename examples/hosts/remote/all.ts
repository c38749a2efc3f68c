// Starts the hosts of this folder, as ../all.ts does.

import { type RemoteHufuOptions } from 'hufu/remote';

import { start as startNest } from './nestjs.js';
import { start as startYoga } from './yoga.js';

const options = JSON.parse(process.argv[2] ?? '{}') as RemoteHufuOptions;

const hosts = {
  'remote/yoga': await startYoga(options, 0),
  'remote/nestjs': await startNest(options, 0),
};

process.once('SIGTERM', () => {
  void Promise.all(Object.values(hosts).map(({ stop }) => stop())).then(() => {
    console.log('stopped');
  });
});
console.log(JSON.stringify(Object.fromEntries(Object.entries(hosts).map(([name, { url }]) => [name, url]))));
