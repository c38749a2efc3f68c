// Measures what a document asks for without executing it. Each fragment is measured once, however often it is spread:
// the work grows with the document's length, not with what it would unfold to.

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** What a document asks for, with each fragment written out wherever it is spread; Infinity where it cannot be told. */
export interface Measured {
  /** Fields nested in one another, the root field included. */
  readonly depth: number;
  /** Fields of the operation itself: how many times it can act. */
  readonly rootFields: number;
  /** Fields under another name, and fields that are asked for again in the same place. */
  readonly aliases: number;
  readonly directives: number;
  /** Fields nested in one another whose type leads back to itself, such as `supersededBy { supersededBy }`. */
  readonly recursion: number;
  /** Values that the response can hold; a list whose length is not known counts as {@link unknownLength}. */
  readonly cost: number;
}

/** How many entries a list is taken to have when the document does not say. */
const unknownLength = 10;

/** What asking for the schema costs, however much of it: as much as one large response. */
const introspectionCost = 1_000;

/**
 * Makes a function that measures each operation and each fragment of a document, in the document's order. What does not
 * fit the schema counts as well. A fragment by itself executes nothing: of it only what makes validation slow counts, and
 * that is as slow where nothing spreads the fragment.
 */
export function createMeasure(schema: GraphQLSchema): (document: DocumentNode) => readonly Measured[] {
  const recursive = recursiveFields(schema);

  return (document) => {
    const fragments = fragmentsByName(document);
    const measured = new Map<string, Measured>();

    function ofSet(
      set: SelectionSetNode | undefined,
      parent: GraphQLNamedType | undefined,
      keys = new Set<string>(),
    ) {
      if (set === undefined) return nothing;
      return set.selections.map((selection) => ofSelection(selection, parent, keys)).reduce(add, nothing);
    }

    function ofSelection(
      selection: SelectionNode,
      parent: GraphQLNamedType | undefined,
      keys: Set<string>,
    ): Measured {
      const own = { ...nothing, directives: selection.directives?.length ?? 0 };
      switch (selection.kind) {
        case Kind.FIELD:
          return add(own, ofField(selection, parent, keys));
        case Kind.INLINE_FRAGMENT: {
          const condition = selection.typeCondition;
          const type = condition === undefined ? parent : schema.getType(condition.name.value);
          return add(own, ofSet(selection.selectionSet, type, keys));
        }
        case Kind.FRAGMENT_SPREAD:
          return add(own, ofFragment(selection.name.value));
      }
    }

    function ofFragment(name: string): Measured {
      const known = measured.get(name);
      if (known !== undefined) return known;
      const fragment = fragments.get(name);
      if (fragment === undefined) return nothing;
      // A fragment that spreads itself finds this; the schema's own rules then refuse it.
      measured.set(name, nothing);
      const result = ofDefinition(fragment, schema.getType(fragment.typeCondition.name.value));
      measured.set(name, result);
      return result;
    }

    function ofDefinition(
      definition: OperationDefinitionNode | FragmentDefinitionNode,
      type: GraphQLNamedType | undefined,
    ): Measured {
      const own = { ...nothing, directives: definition.directives?.length ?? 0 };
      return add(own, ofSet(definition.selectionSet, type));
    }

    function ofField(node: FieldNode, parent: GraphQLNamedType | undefined, keys: Set<string>): Measured {
      const name = node.name.value;
      const key = node.alias?.value ?? name;
      const aliases = node.alias !== undefined || keys.has(key) ? 1 : 0;
      keys.add(key);
      const field = fieldOf(parent, name);
      const below = ofSet(node.selectionSet, field === undefined ? undefined : getNamedType(field.type));
      if (name === '__schema' || name === '__type') {
        const repeated = { aliases: aliases + below.aliases, directives: below.directives };
        return { ...nothing, ...repeated, depth: 1, rootFields: 1, cost: introspectionCost };
      }
      return {
        depth: 1 + below.depth,
        rootFields: 1,
        aliases: aliases + below.aliases,
        directives: below.directives,
        recursion: below.recursion + (recursive.has(`${parent?.name ?? ''}.${name}`) ? 1 : 0),
        cost: costOf(node, field, parent, below.cost),
      };
    }

    return document.definitions.flatMap((definition): Measured | [] => {
      if (definition.kind === Kind.OPERATION_DEFINITION)
        return ofDefinition(definition, schema.getRootType(definition.operation) ?? undefined);
      if (definition.kind !== Kind.FRAGMENT_DEFINITION) return [];
      const { name, typeCondition } = definition;
      // Of two fragments of one name, which are refused later, only the last is found by it.
      const isFound = fragments.get(name.value) === definition;
      const { aliases, directives } = isFound
        ? ofFragment(name.value)
        : ofDefinition(definition, schema.getType(typeCondition.name.value));
      return { ...nothing, aliases, directives };
    });
  };
}

const nothing: Measured = { depth: 0, rootFields: 0, aliases: 0, directives: 0, recursion: 0, cost: 0 };

/** Adds up two selections that stand next to each other. */
function add(one: Measured, other: Measured): Measured {
  return {
    depth: Math.max(one.depth, other.depth),
    rootFields: one.rootFields + other.rootFields,
    aliases: one.aliases + other.aliases,
    directives: one.directives + other.directives,
    recursion: Math.max(one.recursion, other.recursion),
    cost: one.cost + other.cost,
  };
}

type Field = GraphQLField<unknown, unknown>;

function fieldOf(parent: GraphQLNamedType | undefined, name: string): Field | undefined {
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}

/** How many entries a field's value can have: 1 unless it is a list or a page of a list. */
function entries(node: FieldNode, field: Field | undefined, parent: GraphQLNamedType | undefined): number {
  if (field === undefined) return 1;
  const first = field.args.find((argument) => argument.name === 'first');
  if (first !== undefined) return pageSize(node, first.defaultValue);
  // The edges of a page: the page's size has been counted at the field that asks for it.
  if (parent?.name.endsWith('Connection') === true) return 1;
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  return isListType(type) ? unknownLength : 1;
}

/** A page is a database query of its own, and each of its rows is read whole, however few fields are asked for. */
const costOfPage = 50;
const costOfRow = 10;

function costOf(
  node: FieldNode,
  field: Field | undefined,
  parent: GraphQLNamedType | undefined,
  below: number,
): number {
  const isPage = field?.args.some(({ name }) => name === 'first') === true;
  if (!isPage) return entries(node, field, parent) * (1 + below);
  return costOfPage + entries(node, field, parent) * Math.max(costOfRow, 1 + below);
}

const maxPageSize = 100;

function pageSize(node: FieldNode, defaultSize: unknown): number {
  const value = node.arguments?.find((argument) => argument.name.value === 'first')?.value;
  if (value === undefined) return typeof defaultSize === 'number' ? defaultSize : maxPageSize;
  if (value.kind !== Kind.INT) return maxPageSize;
  return Math.min(maxPageSize, Math.max(1, Number(value.value)));
}

/**
 * Finds the fields, as `Type.field`, from whose type their parent type can be reached again: the only ones that a document
 * can nest without end.
 */
function recursiveFields(schema: GraphQLSchema): ReadonlySet<string> {
  const found = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (reaches(schema, getNamedType(field.type), type)) found.add(`${type.name}.${field.name}`);
    }
  }
  return found;
}

function reaches(schema: GraphQLSchema, from: GraphQLNamedType, goal: GraphQLNamedType): boolean {
  const seen = new Set<GraphQLNamedType>();
  const open = [from];
  for (let type = open.pop(); type !== undefined; type = open.pop()) {
    if (type === goal) return true;
    if (seen.has(type)) continue;
    seen.add(type);
    if (isAbstractType(type)) open.push(...schema.getPossibleTypes(type));
    if (isObjectType(type))
      open.push(...Object.values(type.getFields()).map((field) => getNamedType(field.type)));
  }
  return false;
}

/** Of two fragments of one name, which GraphQL's own rules refuse, the last counts. */
export function fragmentsByName(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  return fragments;
}

/**
 * GraphQL's own rules refuse such fragments as well, but only after rules that take long over every fragment, one of which
 * never ends where fragments spread each other in a cycle.
 */
export type IdleFragments = 'fragmentCycle' | 'unusedFragment';

/** Finds which of the two a document has; null for neither. Takes time linear in the document's length. */
export function idleFragmentsOf(document: DocumentNode): IdleFragments | null {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  if (fragments.length === 0) return null;
  const spreads = new Map(fragments.map((fragment) => [fragment.name.value, spreadsOf(fragment)]));
  const states = new Map<string, 'open' | 'done'>();

  /** Whether a cycle can be reached from the fragment. */
  const reachesCycle = (name: string): boolean => {
    const state = states.get(name);
    if (state !== undefined) return state === 'open';
    states.set(name, 'open');
    const found = (spreads.get(name) ?? []).some(reachesCycle);
    states.set(name, 'done');
    return found;
  };

  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION && spreadsOf(definition).some(reachesCycle))
      return 'fragmentCycle';
  const isUsed = ({ name }: FragmentDefinitionNode) => states.has(name.value);
  if (fragments.every(isUsed)) return null;
  return fragments.some(({ name }) => reachesCycle(name.value)) ? 'fragmentCycle' : 'unusedFragment';
}

function spreadsOf(definition: OperationDefinitionNode | FragmentDefinitionNode): readonly string[] {
  const names = new Set<string>();
  visit(definition, {
    FragmentSpread({ name }) {
      names.add(name.value);
    },
  });
  return [...names];
}
