// The bounds on documents that the server keeps for clients.

import { parse } from 'graphql';
import { expect, test } from 'vitest';

import { parsedDocuments, registeredDocuments } from '../../../src/graphql/apollo.js';

test('STORES-01 the store of registered documents MUST keep the newest, up to 4 Mi characters', async () => {
  const store = registeredDocuments();
  const text = 'x'.repeat(100_000);
  for (let n = 0; n < 200; n += 1) await store.set(String(n), text);
  const kept: number[] = [];
  for (let n = 0; n < 200; n += 1) if ((await store.get(String(n))) !== undefined) kept.push(n);
  expect(kept).toEqual(Array.from({ length: 41 }, (_, n) => 159 + n));
});

test('STORES-02 the store of registered documents MUST bound the number of short texts, and refuse one that is larger than the store', async () => {
  const store = registeredDocuments();
  await store.set('large', 'x'.repeat(5_000_000));
  for (let n = 0; n < 20_000; n += 1) await store.set(String(n), '{me{id}}');
  let kept = 0;
  for (let n = 0; n < 20_000; n += 1) if ((await store.get(String(n))) !== undefined) kept += 1;
  expect(kept).toBe(Math.floor(4_194_304 / (256 + 8)));
  expect(await store.get('large')).toBeUndefined();
});

test('STORES-03 the store of parsed documents MUST keep the newest, up to 256 Ki characters', async () => {
  const store = parsedDocuments();
  const document = parse(`{ a(b: "${'x'.repeat(10_000)}") }`);
  for (let n = 0; n < 100; n += 1) await store.set(String(n), document);
  const kept = await Promise.all(Array.from({ length: 100 }, (_, n) => store.get(String(n))));
  expect(kept.filter((one) => one !== undefined)).toHaveLength(26);
  expect(kept[99]).toBe(document);
});
