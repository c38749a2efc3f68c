// The program of otherProcess.ts: starts and stops nodes as it is told.

import { pathToFileURL } from 'node:url';

const [app = '', config = '', hashing = ''] = process.argv.slice(2).map((path) => pathToFileURL(path).href);
/** @type {unknown} */
const appModule = await import(app);
/** @type {unknown} */
const configModule = await import(config);
/** @type {unknown} */
const hashingModule = await import(hashing);
const { startApp } = /** @type {typeof import('../../src/app.js')} */ (appModule);
const { readConfig } = /** @type {typeof import('../../src/config/index.js')} */ (configModule);
const { cheapHashing } = /** @type {typeof import('../../src/testing/hashing.js')} */ (hashingModule);

/** @type {Map<number, import('../../src/app.js').App>} */
const nodes = new Map();

process.on('message', (message) => {
  void answer(/** @type {import('./otherProcess.js').Order} */ (message));
});
process.once('disconnect', () => process.exit());

/** @param {import('./otherProcess.js').Order} order */
async function answer({ id, settings }) {
  if (settings === null) {
    await nodes.get(id)?.stop();
    process.send?.({ id, url: '' });
    return;
  }
  const node = await startApp(readConfig(settings), { hashing: cheapHashing });
  nodes.set(id, node);
  process.send?.({ id, url: node.url });
}
