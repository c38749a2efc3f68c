// The rules for the top of an operation: a mutation that takes a credential stands alone, and the field of a subscription
// has no condition.

import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLSchema,
  isInputObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';

import { fragmentsByName } from './fragments.js';

/** The inputs that are credentials, by their names: `password`, `newPassword`, `token`, a code, a key. */
const credential = /(?:password|token|code|key|secret|credential)$/i;

/** Keys that identify a request and prove nothing. */
const noCredentials: ReadonlySet<string> = new Set(['idempotencyKey']);

/** Finds the names of the mutations that take a credential, in the schema itself. */
export function credentialMutations(schema: GraphQLSchema): ReadonlySet<string> {
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
  return new Set(fields.filter(takesCredential).map(({ name }) => name));
}

function takesCredential({ args }: GraphQLField<unknown, unknown>): boolean {
  return args.some(({ name, type }) => {
    const input = getNamedType(type);
    const names = isInputObjectType(input) ? [name, ...Object.keys(input.getFields())] : [name];
    return names.some((one) => credential.test(one) && !noCredentials.has(one));
  });
}

/**
 * Finds a mutation with a credential that does not stand alone in its operation; null where each does. Otherwise one
 * document could try many passwords, and an error of another field could lose the token that has just been issued.
 *
 * Fragments count as if they were written out, and conditions as if they held. Takes time linear in the document's length.
 */
export function findCrowdedCredential(document: DocumentNode, names: ReadonlySet<string>): string | null {
  const fragments = fragmentsByName(document);
  for (const definition of document.definitions) {
    if (!isOperation(definition, OperationTypeNode.MUTATION)) continue;
    const fields = rootFieldsOf(definition.selectionSet, fragments, new Map());
    const found = fields.count > 1 ? [...fields.names].find((name) => names.has(name)) : undefined;
    if (found !== undefined) return found;
  }
  return null;
}

interface RootFields {
  readonly names: ReadonlySet<string>;
  readonly count: number;
}

const none: RootFields = { names: new Set(), count: 0 };

/** Visits each fragment once, also where one spreads itself. `__typename` does nothing and does not count. */
function rootFieldsOf(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  done: Map<string, RootFields>,
): RootFields {
  const names = new Set<string>();
  let count = 0;
  const add = (fields: RootFields) => {
    fields.names.forEach((name) => names.add(name));
    count += fields.count;
  };
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value;
      if (name !== '__typename') add({ names: new Set([name]), count: 1 });
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      add(rootFieldsOf(selection.selectionSet, fragments, done));
    } else {
      const name = selection.name.value;
      const fragment = fragments.get(name);
      if (!done.has(name)) {
        done.set(name, none);
        if (fragment !== undefined) done.set(name, rootFieldsOf(fragment.selectionSet, fragments, done));
      }
      add(done.get(name) ?? none);
    }
  }
  return { names, count };
}

const conditions = new Set(['skip', 'include']);

/**
 * Tells whether a subscription of the document has `@skip` or `@include` at its top, in a fragment or not. The specification's
 * draft forbids them (section 5.2.4.1, "Single Root Field"). GraphQL.js throws instead of refusing where one depends on a
 * variable, and fails where no field is left.
 */
export function hasConditionalTop(document: DocumentNode): boolean {
  const fragments = fragmentsByName(document);

  function isConditional(set: SelectionSetNode | undefined): boolean {
    return (
      set?.selections.some((selection) => {
        if (selection.directives?.some(({ name }) => conditions.has(name.value)) === true) return true;
        if (selection.kind === Kind.INLINE_FRAGMENT) return isConditional(selection.selectionSet);
        if (selection.kind === Kind.FIELD) return false;
        const fragment = fragments.get(selection.name.value);
        // Each is visited once, also where one spreads itself.
        fragments.delete(selection.name.value);
        return isConditional(fragment?.selectionSet);
      }) === true
    );
  }

  return document.definitions.some(
    (definition) =>
      isOperation(definition, OperationTypeNode.SUBSCRIPTION) && isConditional(definition.selectionSet),
  );
}

function isOperation(
  definition: DefinitionNode,
  operation: OperationTypeNode,
): definition is OperationDefinitionNode {
  return definition.kind === Kind.OPERATION_DEFINITION && definition.operation === operation;
}
