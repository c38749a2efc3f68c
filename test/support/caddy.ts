// Debian's Caddy in front of a test's servers, with the configuration that docs/ shows.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort } from './freePort.js';
import { startDaemon } from './startDaemon.js';
import { temporaryFolder } from './temporaryFolder.js';

const program = '/usr/bin/caddy';

export const hasCaddy = existsSync(program);

/** The name of the skipped test that stands for all which need it; the summary looks for this name. */
export const needsCaddy = 'needs Caddy';

/** @returns its URL, without a slash at the end */
export async function startCaddy(hufuPort: number, apiPort: number): Promise<string> {
  const folder = temporaryFolder();
  const url = `http://127.0.0.1:${String(await freePort())}`;
  const site = readFileSync('examples/integrations/forwardAuth.caddy', 'utf8')
    .replace('api.example.com', url)
    .replace('hufu:4000', `127.0.0.1:${String(hufuPort)}`)
    .replace('api:8080', `127.0.0.1:${String(apiPort)}`);
  const file = join(folder, 'Caddyfile');
  writeFileSync(file, `{\n\tadmin off\n\tauto_https off\n\tstorage file_system ${folder}\n}\n${site}`);
  const run = [program, 'run', '--config', file, '--adapter', 'caddyfile'];
  // Caddy saves its last configuration in these folders: without them, in those of the user.
  const folders = [`XDG_CONFIG_HOME=${folder}`, `XDG_DATA_HOME=${folder}`];
  await startDaemon('env', [...folders, ...run], 'serving initial configuration');
  return url;
}
