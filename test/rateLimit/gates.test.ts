import { expect, test } from 'vitest';

import { createGates } from '../../src/rateLimit/keyedSemaphore.js';
import { LimiterUnavailable } from '../../src/rateLimit/errors.js';

const gate = { key: 'a', room: 2 };

test('as many as there is room for are let in, the others in their order', async () => {
  const gates = createGates(10);
  const entered: number[] = [];
  const enter = async (n: number) => {
    await gates.enter(gate);
    entered.push(n);
  };
  const all = [1, 2, 3, 4].map(enter);
  await Promise.all(all.slice(0, 2));
  expect(entered).toEqual([1, 2]);
  gates.leave(gate);
  await all[2];
  expect(entered).toEqual([1, 2, 3]);
  gates.leave(gate);
  await all[3];
  gates.leave(gate);
  gates.leave(gate);
  // Nothing is left of it: there is room for two again.
  await Promise.all([gates.enter(gate), gates.enter(gate)]);
});

test('keys do not wait for each other', async () => {
  const gates = createGates(10);
  await Promise.all([gates.enter(gate), gates.enter(gate), gates.enter({ key: 'b', room: 1 })]);
});

test('those who wait fail together; too many are not let wait at all', async () => {
  const gates = createGates(2);
  await Promise.all([gates.enter(gate), gates.enter(gate)]);
  const waiting = [gates.enter(gate), gates.enter(gate)];
  await expect(gates.enter(gate)).rejects.toThrow(LimiterUnavailable);
  gates.fail(gate, new Error('away'));
  for (const one of waiting) await expect(one).rejects.toThrow('away');
  gates.leave(gate);
  await gates.enter(gate);
});

test('those who wait are counted together, whatever they wait for', async () => {
  const gates = createGates(2);
  const [a, b] = [
    { key: 'a', room: 1 },
    { key: 'b', room: 1 },
  ];
  await Promise.all([gates.enter(a), gates.enter(b)]);
  const waiting = [gates.enter(a), gates.enter(b)];
  await expect(gates.enter(a)).rejects.toThrow(LimiterUnavailable);
  // Whoever need not wait is let in all the same.
  await gates.enter({ key: 'c', room: 1 });
  gates.leave(a);
  await waiting[0];
  const next = gates.enter(a);
  gates.leave(a);
  gates.leave(b);
  await Promise.all([...waiting, next]);
});

test('the next conclusion can be waited for while an attempt is under way', async () => {
  const gates = createGates(2);
  await gates.enter(gate);
  expect(gates.nextConclusion(gate)).toBeNull();
  gates.begin(gate);
  const next = gates.nextConclusion(gate);
  gates.conclude(gate);
  await next;
  expect(gates.nextConclusion(gate)).toBeNull();
});
