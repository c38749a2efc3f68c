// Debian's nginx in front of a test's nodes, with a configuration that docs/ shows.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort } from './freePort.js';
import { startDaemon } from './startDaemon.js';
import { temporaryFolder } from './temporaryFolder.js';

const program = '/usr/sbin/nginx';

export const hasNginx = existsSync(program);

/** The name of the skipped test that stands for all which need it; the summary looks for this name. */
export const needsNginx = 'needs nginx';

export interface Nginx {
  /** Without a slash at the end. */
  readonly url: string;
  /** Returns the lines of its error log, from warnings up. */
  errors(): readonly string[];
}

/**
 * @param ports of the servers behind it, as many as the configuration names
 * @param example the file of the configuration
 */
export async function startNginx(
  ports: readonly number[],
  example = 'examples/operations/nginx.conf',
): Promise<Nginx> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const port = await freePort();
  let site = readFileSync(example, 'utf8').replace('listen 8080', `listen 127.0.0.1:${String(port)}`);
  for (const [index, node] of ports.entries())
    site = site.replace(`10.0.0.${String(index + 1)}:4000`, `127.0.0.1:${String(node)}`);
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join('\n');
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; pid ${join(folder, 'pid')}; error_log stderr notice; worker_processes 2; events {}
http { access_log off; ${paths}
${site} }\n`,
  );
  const said = await startDaemon(program, ['-p', folder, '-c', file], 'start worker process ');
  return {
    url: `http://127.0.0.1:${String(port)}`,
    errors: () =>
      said()
        .split('\n')
        .filter((line) => / \[(?:warn|error|crit|alert|emerg)\] /.test(line)),
  };
}
