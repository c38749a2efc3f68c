// Runs a program on an imitation of Node 18: its version number, and core modules without the exports that came later. An import
// of such an export ends the process while its modules are linked, before any of them runs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';

/** The exports that Node 20.19 has and Node 18.20 has not, by module. */
const later = {
  crypto: ['hash'],
  fs: ['openAsBlob'],
  path: ['matchesGlob'],
  process: ['availableMemory', 'getBuiltinModule', 'loadEnvFile'],
  stream: ['duplexPair'],
  util: ['parseEnv', 'styleText'],
  worker_threads: ['postMessageToThread'],
  zlib: ['crc32'],
};

const inline = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;

const hooks = `
  const later = ${JSON.stringify(later)};
  export async function resolve(specifier, context, next) {
    const name = specifier.replace(/^node:/, '');
    if (!(name in later) || context.parentURL?.startsWith('data:')) return next(specifier, context);
    const names = Object.keys(process.getBuiltinModule(name)).filter((one) => !later[name].includes(one));
    const source = "import whole from 'node:" + name + "'; export default whole;" +
      names.map((one, at) => 'const v' + at + ' = whole.' + one + '; export { v' + at + ' as "' + one + '" };').join('');
    return { url: 'data:text/javascript,' + encodeURIComponent(source), shortCircuit: true };
  }`;

const preload = `
  import { register } from 'node:module';
  register(${JSON.stringify(inline(hooks))});
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.0' } });`;

export async function runOnNode18(args: readonly string[]) {
  const child = spawn(process.execPath, ['--no-warnings', '--import', inline(preload), ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] },
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
