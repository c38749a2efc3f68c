// The memory of a node after fifty thousand requests of every kind.

import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { inTurn } from '../support/inTurn.js';
import { measureMemory, type Memory, probedEnv } from '../support/memoryProbe.js';
import { loginOperation, meOperation, register } from '../support/operations.js';
import { spawnNode, type SpawnedNode } from '../support/spawnNode.js';
import { requestMix } from './requestMix.js';
import { sendRequests, type StatusCounts } from './sendRequests.js';

const requests = 50_000;
/** Fills the caches: 24,000 requests fill that of parsed documents. */
const warmUp = 26_000;
const connections = 16;

const mebibyte = 1_048_576;
/** Some 220 bytes for each request after the warm-up: more requests would find no smaller leak. */
const maxGrowthBytes = 5 * mebibyte;
const maxRssGrowthBytes = 20 * mebibyte;

describe.runIf(databaseKind === 'postgres')('MEMORY-01 fifty thousand requests', () => {
  it('MUST NOT grow the heap by more than 5 MiB, and MUST NOT get a 5xx', { timeout: 600_000 }, async () => {
    const node = await spawnNode({ env: probedEnv });
    const people = await inTurn(20, () => register(node.url));
    const kinds = requestMix(people.map(({ token }) => token)).flatMap(([share, make]) =>
      Array.from({ length: share }, () => make),
    );
    expect(kinds).toHaveLength(100);
    // 37 and 100 have no common factor, so the kinds take turns and are mixed.
    const next = (n: number) =>
      (kinds[(n * 37) % 100] ?? kinds[0])?.(n) ?? { bytes: '', then: 'aborted' as const };
    const port = Number(new URL(node.url).port);

    const startedAt = performance.now();
    await sendRequests(port, connections, warmUp, next);
    await failLogins(node.url, people[0]?.user.email ?? '');
    const before = await memoryAtRest(node);
    const counts = await sendRequests(port, connections, requests - warmUp, next);
    await failLogins(node.url, people[0]?.user.email ?? '');
    const after = await memoryAtRest(node);
    report(before, after, counts, performance.now() - startedAt);

    expect([...counts.keys()].filter((status) => status.startsWith('5'))).toEqual([]);
    expect(after.heap + after.external - before.heap - before.external).toBeLessThan(maxGrowthBytes);
    expect(after.rss - before.rss).toBeLessThan(maxRssGrowthBytes);
    expect((await gql(node.url, { query: meOperation, token: people[1]?.token ?? '' })).errors).toEqual([]);
    expect(await node.stop()).toBe(0);
  });
});

/** Sends 20 wrong passwords: few, since each costs a hash. */
async function failLogins(url: string, email: string): Promise<void> {
  const variables = { input: { email, password: 'not the right password' } };
  await inTurn(20, () => gql(url, { query: loginOperation, variables }));
}

/** Measures the node once it has noticed the aborted connections and written its last counts. */
async function memoryAtRest(node: SpawnedNode): Promise<Memory> {
  await pause(1_000);
  return measureMemory(node);
}

function report(before: Memory, after: Memory, counts: StatusCounts, tookMs: number): void {
  const mib = (bytes: number) => (bytes / mebibyte).toFixed(1);
  console.info(
    `memory over ${String(requests)} requests in ${(tookMs / 1_000).toFixed(1)} s, MiB after ${String(warmUp)} and at the end: ` +
      `heap ${mib(before.heap)} -> ${mib(after.heap)}, external ${mib(before.external)} -> ${mib(after.external)}, ` +
      `rss ${mib(before.rss)} -> ${mib(after.rss)}; by status ${JSON.stringify(Object.fromEntries(counts))}`,
  );
}
