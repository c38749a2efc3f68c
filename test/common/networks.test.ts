// The networks by which limits count: one IPv4, or the /64, /56 and /48 of an IPv6.

import { describe, expect, test } from 'vitest';

import { createKeyedCounter, networkOf, networksOf } from '../../src/common/networks.js';

describe('networkOf', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['not an IP', 'unknown'],
    [null, 'unknown'],
  ])('%s counts as %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });
});

describe('networksOf', () => {
  test.each([
    ['192.0.2.1', ['192.0.2.1']],
    ['::ffff:192.0.2.1', ['192.0.2.1']],
    ['2001:db8:1:2345::6', ['2001:db8:1:2345::/64', '2001:db8:1:2300::/56', '2001:db8:1::/48']],
    ['not an IP', ['unknown']],
    [null, ['unknown']],
  ])('%s belongs to %j', (ip, networks) => {
    expect(networksOf(ip)).toEqual(networks);
  });
});

test('a keyed counter keeps the count of each key, also after thousands of keys have returned to zero', () => {
  const counter = createKeyedCounter();
  const expected = new Map<string, number>();
  const kindOf = (step: number) => `kind ${String((step * 7_919) % 5_000)}`;
  const add = (kind: string, count: number) => {
    counter.add(kind, count);
    expected.set(kind, (expected.get(kind) ?? 0) + count);
  };
  for (let step = 0; step < 40_000; step += 1) {
    add(kindOf(step), 1);
    if (step >= 300 && step % 10 > 0) add(kindOf(step - 300), -1);
  }
  expect([...expected].filter(([kind, count]) => counter.of(kind) !== count)).toEqual([]);
  expect(counter.of('never counted')).toBe(0);
});
