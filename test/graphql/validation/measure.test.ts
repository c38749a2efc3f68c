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

test('an operation is measured by what it asks for', () => {
  expect(measured('{ me { id again: email id @skip(if: true) } session { __typename } }')).toEqual({
    depth: 2,
    rootFields: 2,
    aliases: 2,
    directives: 1,
    recursion: 0,
    cost: 6,
  });
});

test('a fragment counts wherever it is spread', () => {
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

test('a page counts as a query, and by the size it is asked in, a variable as the largest', () => {
  const page = (first: string) =>
    measured(`query ($n: Int!) { me { history${first} { edges { cursor } } } }`).cost;
  expect(page('(first: 2)')).toBe(1 + 50 + 2 * 10);
  expect(page('')).toBe(1 + 50 + 20 * 10);
  expect(page('(first: $n)')).toBe(1 + 50 + 100 * 10);
  expect(page('(first: 99999999999999999999)')).toBe(1 + 50 + 100 * 10);
});

test('a field that leads back to its type counts as recursion, on the longest path', () => {
  const chain = 'supersededBy { supersededBy { id } }';
  expect(measured(`{ me { sessions { id ${chain} } } }`).recursion).toBe(2);
  expect(
    measured(`{ me { sessions { ...F supersededBy { ...F } } } } fragment F on Session { ${chain} }`)
      .recursion,
  ).toBe(3);
  expect(measured('{ me { sessions { id } history { edges { node { id } } } } }').recursion).toBe(0);
});

test('asking for the schema costs the same however deep', () => {
  const deep = `ofType { `.repeat(30) + 'name' + ' }'.repeat(30);
  expect(measured(`{ __type(name: "User") { ${deep} } }`)).toMatchObject({
    depth: 1,
    recursion: 0,
    cost: 1_000,
  });
});

test('a fragment that spreads itself, or none, ends the measuring', () => {
  expect(measured('{ me { ...A } } fragment A on User { id ...B } fragment B on User { id ...A }').cost).toBe(
    3,
  );
  expect(measured('{ me { ...Missing } }').cost).toBe(1);
});

test('what is not in the schema is measured all the same', () => {
  expect(measured('{ a { b { c: d ... on Nothing { e } } } }')).toMatchObject({
    depth: 3,
    aliases: 1,
    cost: 4,
  });
});

test('fragments that unfold to 2^n fields are measured without unfolding them', () => {
  const levels = 300;
  const fragments = Array.from({ length: levels }, (_, n) => {
    const next = n === levels - 1 ? 'id' : `...F${String(n + 1)} ...F${String(n + 1)}`;
    return `fragment F${String(n)} on User { ${next} }`;
  });
  expect(measured(`{ me { ...F0 } } ${fragments.join(' ')}`).cost).toBeGreaterThan(1e80);
});

test('a fragment that nothing spreads is measured by itself, whether or not another has its name', () => {
  const all = measure(
    parse('{ me { id } } fragment F on User { id id sessions { id @x } } fragment F on User { ...F id }'),
  );
  expect(all.map(({ aliases, directives }) => ({ aliases, directives }))).toEqual([
    { aliases: 0, directives: 0 },
    { aliases: 1, directives: 1 },
    { aliases: 0, directives: 0 },
  ]);
});

test('what is asked of the schema counts where it is repeated', () => {
  expect(measured('{ __schema { types { name } types { name } } }').aliases).toBe(1);
});
