// Reads a sampled profile: the share of the busy time of each package and function.

import { type Profiler } from 'node:inspector';

/** A package, a room or a function, and its share of the busy time. */
export interface Share {
  readonly name: string;
  readonly share: number;
}

export interface ReadProfile {
  readonly packages: readonly Share[];
  /** The shares of functions, each with the end of its file's path. */
  readonly functions: readonly Share[];
}

export function readProfile(profile: Profiler.Profile): ReadProfile {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const callers = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])),
  );
  const packages = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;

  for (const [index, id] of (profile.samples ?? []).entries()) {
    const took = profile.timeDeltas?.[index] ?? 0;
    const { functionName, url } = nodes.get(id)?.callFrame ?? { functionName: '', url: '' };
    if (functionName === '(idle)' || functionName === '(root)') continue;
    busy += took;
    const isEngine = functionName === '(garbage collector)' || functionName === '(program)';
    add(packages, isEngine ? functionName : packageOf(placeOf(id, nodes, callers)), took);
    add(
      functions,
      `${functionName === '' ? '(anonymous)' : functionName} ${url.split('/').slice(-2).join('/')}`,
      took,
    );
  }
  return { packages: shares(packages, busy), functions: shares(functions, busy) };
}

/** Gives the URL of a sample's code; native code counts for its caller. */
function placeOf(
  id: number,
  nodes: ReadonlyMap<number, Profiler.ProfileNode>,
  callers: ReadonlyMap<number, number>,
): string {
  let at: number | undefined = id;
  while (at !== undefined) {
    const url = nodes.get(at)?.callFrame.url ?? '';
    if (url !== '') return url;
    at = callers.get(at);
  }
  return '';
}

function packageOf(url: string): string {
  const installed = url.split('/node_modules/').at(-1);
  if (installed !== undefined && installed !== url) {
    return installed
      .split('/')
      .slice(0, installed.startsWith('@') ? 2 : 1)
      .join('/');
  }
  if (url.startsWith('node:')) return 'Node.js';
  const room = /\/dist\/([\w-]+)/.exec(url)?.[1];
  return room === undefined ? '(other)' : `Hufu ${room}`;
}

function add(counts: Map<string, number>, name: string, took: number): void {
  counts.set(name, (counts.get(name) ?? 0) + took);
}

function shares(counts: ReadonlyMap<string, number>, total: number): Share[] {
  return [...counts].map(([name, took]) => ({ name, share: took / total })).sort((a, b) => b.share - a.share);
}
