// Measures what a document asks for without executing it. Each fragment is measured once, however often it is spread,
// so that the work grows with the document's length and not with what it would unfold to.

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

import { introspectionCost, type Measured, unknownLength } from './documentLimits.js';
import { recursiveFields } from './recursive.js';

/**
 * Gives a function that measures each operation and each fragment of a document, in the document's order. What does not
 * fit the schema counts as well. A fragment acts by itself on nothing, so of it only what makes validation long counts,
 * which is as long where nothing spreads it.
 */
export function createMeasure(schema: GraphQLSchema): (document: DocumentNode) => readonly Measured[] {
  const recursive = recursiveFields(schema);

  return (document) => {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
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

/** Two selections beside each other. */
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

/** How many entries a field's value can have: 1 unless it is a list or a page of one. */
function entries(node: FieldNode, field: Field | undefined, parent: GraphQLNamedType | undefined): number {
  if (field === undefined) return 1;
  const first = field.args.find((argument) => argument.name === 'first');
  if (first !== undefined) return pageSize(node, first.defaultValue);
  // The edges of a page: the page's size has been counted at the field that asks for it.
  if (parent?.name.endsWith('Connection') === true) return 1;
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  return isListType(type) ? unknownLength : 1;
}

/** A page is a query of its own, and each of its rows is read whole, however few of its fields are asked for. */
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

const largestPage = 100;

function pageSize(node: FieldNode, standard: unknown): number {
  const value = node.arguments?.find((argument) => argument.name.value === 'first')?.value;
  if (value === undefined) return typeof standard === 'number' ? standard : largestPage;
  if (value.kind !== Kind.INT) return largestPage;
  return Math.min(largestPage, Math.max(1, Number(value.value)));
}
