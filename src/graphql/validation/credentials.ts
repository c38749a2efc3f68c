// Mutations that take a credential: a password, or a link from a mail. Each stands alone in its operation. Otherwise one
// document could try many passwords, and an error of another field could take away the token that has just been issued.

import {
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

/** The inputs that are credentials, by their names: `password`, `newPassword`, `token`, a code, a key. */
const credential = /(?:password|token|code|key|secret|credential)$/i;

/** Keys that identify a request, and open nothing. */
const noCredentials: ReadonlySet<string> = new Set(['idempotencyKey']);

/** Gives the names of the mutations that take a credential, from the schema itself. */
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
 * Finds a mutation with a credential that does not stand alone in its operation; null where each does. Fragments count as
 * if they were written out, and conditions as if they held. Takes time linear in the document's length.
 */
export function findCrowdedCredential(document: DocumentNode, names: ReadonlySet<string>): string | null {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);

  for (const definition of document.definitions) {
    if (!isMutation(definition)) continue;
    const fields = rootFieldsOf(definition.selectionSet, fragments, new Map());
    const found = fields.count > 1 ? [...fields.names].find((name) => names.has(name)) : undefined;
    if (found !== undefined) return found;
  }
  return null;
}

function isMutation(definition: DocumentNode['definitions'][number]): definition is OperationDefinitionNode {
  return definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.MUTATION;
}

interface RootFields {
  readonly names: ReadonlySet<string>;
  readonly count: number;
}

const none: RootFields = { names: new Set(), count: 0 };

/** Each fragment is looked into once, also where one spreads itself. `__typename` does nothing and does not count. */
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
