// Finds types, fields and enum values that a host defines under a name of ours. Tools that merge schemas join such types in
// silence, and the host's resolver then serves our field, or ours the host's.

import {
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  parse,
} from 'graphql';

export const rootTypes: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/** The names that are ours: types, and fields and enum values as `Query.me`. */
export interface OwnNames {
  readonly types: ReadonlySet<string>;
  readonly fields: ReadonlySet<string>;
}

export function namesIn(document: DocumentNode): OwnNames {
  const types = new Set<string>();
  const fields = new Set<string>();
  for (const definition of document.definitions) {
    const name = typeNameOf(definition);
    if (name === null) continue;
    if (isTypeDefinitionNode(definition) && !rootTypes.has(name)) types.add(name);
    for (const field of fieldsOf(definition)) fields.add(`${name}.${field}`);
  }
  return { types, fields };
}

const mergedText =
  "One text of the schema has all of Hufu's types, and another form than hufu.typeDefs: which definitions in it are yours " +
  'cannot be told. Give hufu.typeDefs to the server as it is, beside your own text.';

/**
 * Refuses documents that define a name of ours. They may extend our types by fields that these lack.
 *
 * @throws with every name
 */
export function refuseClash(own: OwnNames, documents: readonly DocumentNode[]): void {
  const found = documents.map(namesIn).flatMap(({ types, fields }) => [
    ...[...types].filter((name) => own.types.has(name)),
    // The fields of a type that is refused itself are not listed.
    ...[...fields].filter((name) => own.fields.has(name) && !types.has(name.split('.', 1)[0] ?? '')),
  ]);
  if (found.length === 0) return;
  if ([...own.types].every((name) => found.includes(name))) throw new Error(mergedText);
  throw new Error(
    `The schema defines what Hufu defines: ${[...new Set(found)].join(', ')}. Rename it, extend Hufu's type instead of ` +
      'defining it, or give Hufu the option typePrefix, which all of its types then begin with.',
  );
}

/**
 * Returns the documents that a schema was made of, without ours. Merging tools keep the source of each field; a schema that
 * was made without texts has none.
 */
export function documentsOf(schema: GraphQLSchema, ownText: string): readonly DocumentNode[] {
  const texts = new Set<string>();
  const add = (
    node: { readonly loc?: { readonly source: { readonly body: string } } } | null | undefined,
  ) => {
    // A host may have put ours and its own into one text.
    if (node?.loc !== undefined) texts.add(node.loc.source.body.replace(ownText, ''));
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    for (const node of [type.astNode, ...type.extensionASTNodes]) {
      add(node);
      if (node != null && 'fields' in node) for (const field of node.fields ?? []) add(field);
      if (node != null && 'values' in node) for (const value of node.values ?? []) add(value);
    }
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) add(field.astNode);
  }
  return [...texts].filter((text) => /^[^#\n]*\w/m.test(text)).map((text) => parse(text));
}

function typeNameOf(definition: DefinitionNode): string | null {
  return isTypeDefinitionNode(definition) || isTypeExtensionNode(definition) ? definition.name.value : null;
}

function fieldsOf(definition: DefinitionNode): readonly string[] {
  const nodes =
    ('fields' in definition && definition.fields) || ('values' in definition && definition.values) || [];
  return nodes.map(({ name }) => name.value);
}
