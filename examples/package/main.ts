import { createHufu, fromEnvironment } from 'hufu';

import { start } from './server.js';

const hufu = await createHufu(fromEnvironment());
const { url, stop } = await start(hufu);
process.once('SIGTERM', () => void stop());
console.log(`The API is at ${url}`);
