// Finds types and root fields that a host defines under a name of ours. Tools that merge schemas join such types in silence,
// and the host's resolver then serves our field, or ours the host's.

import {
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  parse,
} from 'graphql';

export const rootTypes: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/** The names that are ours: types, and fields of the root types as `Query.me`. */
export interface OwnNames {
  readonly types: ReadonlySet<string>;
  readonly rootFields: ReadonlySet<string>;
}

export function namesIn(document: DocumentNode): OwnNames {
  const types = new Set<string>();
  const rootFields = new Set<string>();
  for (const definition of document.definitions) {
    const name = typeNameOf(definition);
    if (name === null) continue;
    if (rootTypes.has(name)) for (const field of fieldsOf(definition)) rootFields.add(`${name}.${field}`);
    else if (isTypeDefinitionNode(definition)) types.add(name);
  }
  return { types, rootFields };
}

/**
 * Refuses documents that define what is ours. They may extend our types.
 *
 * @throws with every name
 */
export function refuseClash(own: OwnNames, documents: readonly DocumentNode[]): void {
  const found = documents
    .map(namesIn)
    .flatMap(({ types, rootFields }) => [
      ...[...types].filter((name) => own.types.has(name)),
      ...[...rootFields].filter((name) => own.rootFields.has(name)),
    ]);
  if (found.length === 0) return;
  throw new Error(
    `The schema defines what Hufu defines: ${[...new Set(found)].join(', ')}. Rename it, extend Hufu's type instead of ` +
      'defining it, or give Hufu the option typePrefix, which all of its types then begin with.',
  );
}

/**
 * The documents that a schema was made of, without ours. Merging tools keep for each field where it comes from; a schema
 * that was made without texts has none.
 */
export function documentsOf(schema: GraphQLSchema, ownText: string): readonly DocumentNode[] {
  const texts = new Set<string>();
  const add = (
    node: { readonly loc?: { readonly source: { readonly body: string } } } | null | undefined,
  ) => {
    if (node?.loc !== undefined && node.loc.source.body !== ownText) texts.add(node.loc.source.body);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    for (const node of [type.astNode, ...type.extensionASTNodes]) {
      add(node);
      if (node != null && 'fields' in node) for (const field of node.fields ?? []) add(field);
    }
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) add(field.astNode);
  }
  return [...texts].map((text) => parse(text));
}

function typeNameOf(definition: DefinitionNode): string | null {
  return isTypeDefinitionNode(definition) || isTypeExtensionNode(definition) ? definition.name.value : null;
}

function fieldsOf(definition: DefinitionNode): readonly string[] {
  const isObject =
    definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION;
  return isObject ? (definition.fields ?? []).map(({ name }) => name.value) : [];
}
