// The keyed semaphore that lets a few attempts at a time through for each account and network.

import { expect, test } from 'vitest';

import { LimiterUnavailable } from '../../src/rateLimit/counters.js';
import { createGates } from '../../src/rateLimit/gates.js';

const gate = { key: 'a', permits: 2 };
const from = (network: string, isKnown = false) => ({ network, isKnown: () => Promise.resolve(isKnown) });
// A known network, which may take every place in the queue.
const requester = from('192.0.2.1', true);

test('a gate admits as many attempts as it has permits, and the others in their order', async () => {
  const gates = createGates(10);
  const entered: number[] = [];
  const enter = async (n: number) => {
    await gates.enter(gate, requester);
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
  // All permits are free again.
  await Promise.all([gates.enter(gate, requester), gates.enter(gate, requester)]);
});

test('attempts at different keys do not wait for each other', async () => {
  const gates = createGates(10);
  await Promise.all([
    gates.enter(gate, requester),
    gates.enter(gate, requester),
    gates.enter({ key: 'b', permits: 1 }, requester),
  ]);
});

test('a failure rejects all waiting attempts, and a full queue rejects new ones', async () => {
  const gates = createGates(2);
  await Promise.all([gates.enter(gate, requester), gates.enter(gate, requester)]);
  const waiting = [gates.enter(gate, requester), gates.enter(gate, requester)];
  await expect(gates.enter(gate, requester)).rejects.toThrow(LimiterUnavailable);
  gates.fail(gate, new Error('away'));
  for (const one of waiting) await expect(one).rejects.toThrow('away');
  gates.leave(gate);
  await gates.enter(gate, requester);
});

test('the queue is bounded over all keys together', async () => {
  const gates = createGates(2);
  const [a, b] = [
    { key: 'a', permits: 1 },
    { key: 'b', permits: 1 },
  ];
  await Promise.all([gates.enter(a, requester), gates.enter(b, requester)]);
  const waiting = [gates.enter(a, requester), gates.enter(b, requester)];
  await expect(gates.enter(a, requester)).rejects.toThrow(LimiterUnavailable);
  // An attempt that need not wait enters although the queue is full.
  await gates.enter({ key: 'c', permits: 1 }, requester);
  gates.leave(a);
  await waiting[0];
  const next = gates.enter(a, requester);
  gates.leave(a);
  gates.leave(b);
  await Promise.all([...waiting, next]);
});

test('RATE-01 one network MUST NOT fill the queue, whose last quarter is for known networks', async () => {
  const gates = createGates(8);
  const narrow = { key: 'a', permits: 1 };
  await gates.enter(narrow, from('stranger'));
  const order: string[] = [];
  const enter = (network: string, isKnown = false) =>
    gates.enter(narrow, from(network, isKnown)).then(() => order.push(network));
  const flood = [1, 2, 3, 4].map(() => enter('stranger'));
  await Promise.resolve();
  await expect(gates.enter(narrow, from('stranger'))).rejects.toThrow(LimiterUnavailable);
  const others = [enter('other'), enter('another')];
  await Promise.resolve();
  // Three quarters are taken: the rest is for the networks from which the owner signs in.
  await expect(gates.enter(narrow, from('third'))).rejects.toThrow(LimiterUnavailable);
  const owner = enter('home', true);
  await Promise.resolve();
  await Promise.resolve();
  const all = [owner, ...flood, ...others];
  for (let left = all.length; left > 0; left -= 1) gates.leave(narrow);
  await Promise.all(all);
  expect(order).toEqual(['home', 'stranger', 'other', 'stranger', 'another', 'stranger', 'stranger']);
});

test('nextConclusion resolves when the running attempt concludes, and is null without one', async () => {
  const gates = createGates(2);
  await gates.enter(gate, requester);
  expect(gates.nextConclusion(gate)).toBeNull();
  gates.begin(gate);
  const next = gates.nextConclusion(gate);
  gates.conclude(gate);
  await next;
  expect(gates.nextConclusion(gate)).toBeNull();
});
