import { parse } from 'graphql';
import { expect, test } from 'vitest';

import { createMeasure } from '../../../src/graphql/validation/measure.js';
import { createSchema } from '../../../src/graphql/schema.js';

const measure = createMeasure(createSchema());

function measured(text: string) {
  const [first] = measure(parse(text));
  if (first === undefined) throw new Error('no operation');
  return first;
}

test('measures depth, root fields, aliases, directives, recursion and cost of an operation', () => {
  expect(measured('{ me { id again: email id @skip(if: true) } session { __typename } }')).toEqual({
    depth: 2,
    rootFields: 2,
    aliases: 2,
    directives: 1,
    recursion: 0,
    cost: 6,
  });
});

test('counts a fragment at each of its spreads', () => {
  const { aliases, directives, depth, cost, rootFields } = measured(`
    { ...A ...A one: me { ...B } }
    fragment A on Query { two: me { ...B } }
    fragment B on User { x: id @include(if: true) sessions { id } }
  `);
  expect({ aliases, directives, depth, cost, rootFields }).toEqual({
    aliases: 6,
    directives: 3,
    depth: 3,
    cost: 3 * (1 + 1 + unknown(1)),
    rootFields: 3,
  });
});

const unknown = (below: number) => 10 * (1 + below);

test('counts a page with its query and its size, and a variable as the largest size', () => {
  const page = (first: string) =>
    measured(`query ($n: Int!) { me { history${first} { edges { cursor } } } }`).cost;
  expect(page('(first: 2)')).toBe(1 + 50 + 2 * 10);
  expect(page('')).toBe(1 + 50 + 20 * 10);
  expect(page('(first: $n)')).toBe(1 + 50 + 100 * 10);
  expect(page('(first: 99999999999999999999)')).toBe(1 + 50 + 100 * 10);
});

test('counts fields that lead back to their type as recursion, on the longest path', () => {
  const chain = 'supersededBy { supersededBy { id } }';
  expect(measured(`{ me { sessions { id ${chain} } } }`).recursion).toBe(2);
  expect(
    measured(`{ me { sessions { ...F supersededBy { ...F } } } } fragment F on Session { ${chain} }`)
      .recursion,
  ).toBe(3);
  expect(measured('{ me { sessions { id } history { edges { node { id } } } } }').recursion).toBe(0);
});

test('counts introspection with a fixed cost at any depth', () => {
  const deep = `ofType { `.repeat(30) + 'name' + ' }'.repeat(30);
  expect(measured(`{ __type(name: "User") { ${deep} } }`)).toMatchObject({
    depth: 1,
    recursion: 0,
    cost: 1_000,
  });
});

test('stops at a circular or missing fragment', () => {
  expect(measured('{ me { ...A } } fragment A on User { id ...B } fragment B on User { id ...A }').cost).toBe(
    3,
  );
  expect(measured('{ me { ...Missing } }').cost).toBe(1);
});

test('measures fields that are not in the schema', () => {
  expect(measured('{ a { b { c: d ... on Nothing { e } } } }')).toMatchObject({
    depth: 3,
    aliases: 1,
    cost: 4,
  });
});

test('measures fragments of 2^300 fields without expanding them', () => {
  const levels = 300;
  const fragments = Array.from({ length: levels }, (_, n) => {
    const next = n === levels - 1 ? 'id' : `...F${String(n + 1)} ...F${String(n + 1)}`;
    return `fragment F${String(n)} on User { ${next} }`;
  });
  expect(measured(`{ me { ...F0 } } ${fragments.join(' ')}`).cost).toBeGreaterThan(1e80);
});

test('measures an unused fragment by itself, also one that shares its name', () => {
  const all = measure(
    parse('{ me { id } } fragment F on User { id id sessions { id @x } } fragment F on User { ...F id }'),
  );
  expect(all.map(({ aliases, directives }) => ({ aliases, directives }))).toEqual([
    { aliases: 0, directives: 0 },
    { aliases: 1, directives: 1 },
    { aliases: 0, directives: 0 },
  ]);
});

test('counts repeated introspection fields', () => {
  expect(measured('{ __schema { types { name } types { name } } }').aliases).toBe(1);
});
