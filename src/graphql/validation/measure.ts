// Measures a document without executing it. Each fragment is measured once, however often it is spread: the work grows with
// the document's length, not with the length that it would have with every fragment written out.

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
} from 'graphql';

import { fragmentsByName } from './fragments.js';

/** The size of an operation, with each fragment written out wherever it is spread. */
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

/** The number of entries that a list counts as when the document does not say. */
const unknownLength = 10;

/** The cost of asking for the schema, however much of it: that of one large response. */
const introspectionCost = 1_000;

/**
 * Makes a function that measures each operation and each fragment of a document, in the document's order. Fields that do not
 * fit the schema count as well. A fragment by itself executes nothing: only its aliases and directives count, which make
 * validation slow, also where nothing spreads the fragment.
 */
export function createMeasure(schema: GraphQLSchema): (document: DocumentNode) => readonly Measured[] {
  const recursive = recursiveFields(schema);

  return (document) => {
    const fragments = fragmentsByName(document);
    const { ofDefinition, ofFragment } = createSelectionMeasure(schema, recursive, fragments);

    return document.definitions.flatMap((definition): Measured | [] => {
      if (definition.kind === Kind.OPERATION_DEFINITION)
        return ofDefinition(definition, schema.getRootType(definition.operation) ?? undefined);
      if (definition.kind !== Kind.FRAGMENT_DEFINITION) return [];
      const { name, typeCondition } = definition;
      // Two fragments of one name are refused later. Only the last is found by its name.
      const isFound = fragments.get(name.value) === definition;
      const { aliases, directives } = isFound
        ? ofFragment(name.value)
        : ofDefinition(definition, schema.getType(typeCondition.name.value));
      return { ...nothing, aliases, directives };
    });
  };
}

type Parent = GraphQLNamedType | undefined;

/** Makes the functions that measure the selections of one document, each fragment once. */
function createSelectionMeasure(
  schema: GraphQLSchema,
  recursive: ReadonlySet<string>,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
) {
  const measured = new Map<string, Measured>();

  function ofDefinition(
    { directives, selectionSet }: OperationDefinitionNode | FragmentDefinitionNode,
    type: Parent,
  ): Measured {
    return add({ ...nothing, directives: directives?.length ?? 0 }, ofSet(selectionSet, type, new Set()));
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

  /** @param keys the names in the response that the selections before have used in this place */
  function ofSet(set: SelectionSetNode, parent: Parent, keys: Set<string>): Measured {
    return set.selections.map((selection) => ofSelection(selection, parent, keys)).reduce(add, nothing);
  }

  function ofSelection(selection: SelectionNode, parent: Parent, keys: Set<string>): Measured {
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

  function ofField(node: FieldNode, parent: Parent, keys: Set<string>): Measured {
    const name = node.name.value;
    const key = node.alias?.value ?? name;
    const aliases = node.alias !== undefined || keys.has(key) ? 1 : 0;
    keys.add(key);
    const field = fieldOf(parent, name);
    const type = field === undefined ? undefined : getNamedType(field.type);
    const below = node.selectionSet === undefined ? nothing : ofSet(node.selectionSet, type, new Set());
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

  return { ofDefinition, ofFragment };
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

function fieldOf(parent: Parent, name: string): Field | undefined {
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}

/** Returns how many entries a field's value can have: 1 unless it is a list or a page of a list. */
function entries(node: FieldNode, field: Field | undefined, parent: Parent): number {
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

function costOf(node: FieldNode, field: Field | undefined, parent: Parent, below: number): number {
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
