import { createRemoteHufu } from 'hufu/remote';

import { startShop } from './remote.js';

const { HUFU_URL: url = '', HUFU_KEY: serviceKey = '' } = process.env;
const hufu = createRemoteHufu({ url, serviceKey });
// Throws if Hufu refuses the key.
if (!(await hufu.ready())) console.warn('Hufu does not answer yet.');
const shop = await startShop(hufu, 4001);
process.once('SIGTERM', () => {
  hufu.stop();
  void shop.stop();
});
console.log(`The shop is at ${shop.url}`);
