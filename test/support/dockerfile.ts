// As much of a Dockerfile as the one here uses, and a replay of it without a container engine: each stage is a folder,
// `COPY` copies between them, and `RUN` is a shell in the stage's working folder. What it does not know it refuses.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

/** The process that a container of the image would run, and its surroundings. */
export interface Image {
  /** The folder that the image's root would be. */
  readonly root: string;
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly health: readonly string[];
  readonly user: string;
  readonly stopSignal: string;
  /** The paths that belong to another user than root, and to whom: `user:group`. */
  readonly owners: Readonly<Record<string, string>>;
}

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

interface Stage {
  readonly root: string;
  workingFolder: string;
  readonly facts: Map<string, string>;
  readonly environment: Record<string, string>;
  readonly owners: Record<string, string>;
}

/** @param folder where the stages' folders are made */
export function replayDockerfile(path: string, folder: string): Image {
  const stages = new Map<string, Stage>();
  let stage: Stage | null = null;
  for (const { name, rest } of parse(readFileSync(path, 'utf8'))) {
    if (name === 'FROM') {
      const alias = / AS (\S+)$/.exec(rest)?.[1] ?? String(stages.size);
      stage = openStage(join(folder, alias));
      stages.set(alias, stage);
    } else if (stage === null) throw new Error(`${name} before FROM`);
    else follow(stage, { name, rest }, stages);
  }
  if (stage === null) throw new Error('no stage');
  const fact = (name: string) => stage.facts.get(name) ?? '';
  return {
    root: stage.root,
    workingFolder: join(stage.root, stage.workingFolder),
    environment: stage.environment,
    command: list(fact('CMD')),
    health: list(fact('HEALTHCHECK').replace(/^(?:--\S+ )*CMD /, '')),
    user: fact('USER'),
    stopSignal: fact('STOPSIGNAL'),
    owners: stage.owners,
  };
}

function parse(text: string): readonly Instruction[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ name: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
}

function openStage(root: string): Stage {
  mkdirSync(root);
  return { root, workingFolder: '/', facts: new Map(), environment: {}, owners: {} };
}

function follow(stage: Stage, { name, rest }: Instruction, stages: ReadonlyMap<string, Stage>): void {
  switch (name) {
    case 'WORKDIR':
      stage.workingFolder = rest;
      mkdirSync(join(stage.root, rest), { recursive: true });
      break;
    case 'ENV': {
      const [, key = '', value = ''] = /^(\w+)=(\S+)$/.exec(rest) ?? [];
      if (key === '') throw new Error(`ENV ${rest}`);
      stage.environment[key] = value;
      break;
    }
    case 'RUN':
      execFileSync('sh', ['-c', rest], {
        cwd: join(stage.root, stage.workingFolder),
        // Packages that this machine has fetched before are not fetched again.
        env: { ...process.env, ...stage.environment, npm_config_prefer_offline: 'true' },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      break;
    case 'COPY':
      copy(stage, rest.split(' '), stages);
      break;
    case 'USER':
    case 'EXPOSE':
    case 'STOPSIGNAL':
    case 'HEALTHCHECK':
    case 'CMD':
      stage.facts.set(name, rest);
      break;
    default:
      throw new Error(`${name} is not known here`);
  }
}

function copy(stage: Stage, words: readonly string[], stages: ReadonlyMap<string, Stage>): void {
  const options = new Map(
    words
      .filter((word) => word.startsWith('--'))
      .map((word) => word.slice(2).split('=', 2) as [string, string]),
  );
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = paths.at(-1) ?? '';
  const source = options.get('from');
  for (const path of paths.slice(0, -1)) {
    const from = source === undefined ? fromContext(path) : join(stages.get(source)?.root ?? '', path);
    // A folder's content goes into the target, a file under its own name where the target ends with a slash.
    const name = target.endsWith('/') && !statSync(from).isDirectory() ? basename(path) : '';
    const to = join(stage.workingFolder, target, name);
    cpSync(from, join(stage.root, to), { recursive: true, verbatimSymlinks: true });
    const owner = options.get('chown');
    if (owner !== undefined) stage.owners[to] = owner;
  }
}

/** Finds a path in the build context: .dockerignore excludes everything (`*`) except the paths that it lists with `!`. */
function fromContext(path: string): string {
  const [first, ...others] = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*' || !others.includes(`!${path}`)) throw new Error(`.dockerignore excludes ${path}`);
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  return resolve(path);
}

/** The JSON form of a command, the only one that starts no shell. */
function list(text: string): readonly string[] {
  return JSON.parse(text) as string[];
}
