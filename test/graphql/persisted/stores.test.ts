// What clients can have the server remember of documents, at the most.

import { parse } from 'graphql';
import { expect, test } from 'vitest';

import { parsedDocuments, registeredDocuments } from '../../../src/graphql/apollo.js';

test('STORES-01 the texts that clients register MUST NOT be kept beyond 4 Mi characters, the newest are', async () => {
  const store = registeredDocuments();
  const text = 'x'.repeat(100_000);
  for (let n = 0; n < 200; n += 1) await store.set(String(n), text);
  const kept: number[] = [];
  for (let n = 0; n < 200; n += 1) if ((await store.get(String(n))) !== undefined) kept.push(n);
  expect(kept).toEqual(Array.from({ length: 41 }, (_, n) => 159 + n));
});

test('STORES-02 of short texts there MUST NOT be hundreds of thousands, nor one that is larger than all may be', async () => {
  const store = registeredDocuments();
  await store.set('large', 'x'.repeat(5_000_000));
  for (let n = 0; n < 20_000; n += 1) await store.set(String(n), '{me{id}}');
  let kept = 0;
  for (let n = 0; n < 20_000; n += 1) if ((await store.get(String(n))) !== undefined) kept += 1;
  expect(kept).toBe(Math.floor(4_194_304 / (256 + 8)));
  expect(await store.get('large')).toBeUndefined();
});

test('STORES-03 documents that were parsed MUST be kept up to 256 Ki characters', async () => {
  const store = parsedDocuments();
  const document = parse(`{ a(b: "${'x'.repeat(10_000)}") }`);
  for (let n = 0; n < 100; n += 1) await store.set(String(n), document);
  const kept = await Promise.all(Array.from({ length: 100 }, (_, n) => store.get(String(n))));
  expect(kept.filter((one) => one !== undefined)).toHaveLength(26);
  expect(kept[99]).toBe(document);
});
