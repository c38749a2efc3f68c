// Every operation of the schema, and every malformed request for it. Both come from the schema, so a new operation is tested
// without a change here.

import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';

import { createSchema } from '../../src/graphql/schema.js';

export interface SchemaOperation {
  readonly kind: 'query' | 'mutation';
  readonly name: string;
  /** Selects every field, to a depth of five. */
  readonly query: string;
  /** The type of its argument; null where it has none. */
  readonly input: GraphQLInputObjectType | null;
}

const schema = createSchema();
const maxLevels = 5;

/** Operations by link, whose client may see the user but no sessions. */
const byLink = new Set(['verifyEmail', 'resetPassword', 'confirmEmailChange']);

export const everyOperation: readonly SchemaOperation[] = [
  ...fieldsOf('query', schema.getQueryType()),
  ...fieldsOf('mutation', schema.getMutationType()),
];

function fieldsOf(
  kind: SchemaOperation['kind'],
  root: ReturnType<typeof schema.getQueryType>,
): SchemaOperation[] {
  return Object.values(root?.getFields() ?? {}).map((field) => operationOf(kind, field));
}

function operationOf(kind: SchemaOperation['kind'], field: GraphQLField<unknown, unknown>): SchemaOperation {
  const [argument] = field.args;
  const selection = selectionOf(getNamedType(field.type), byLink.has(field.name) ? 1 : maxLevels);
  if (argument === undefined)
    return { kind, name: field.name, query: `${kind} { ${field.name} ${selection} }`, input: null };
  const input = getNullableType(argument.type);
  if (!isInputObjectType(input)) throw new Error(`${field.name} takes something other than an input`);
  const call = `${field.name}(${argument.name}: $input)`;
  const query = `${kind} ($input: ${String(argument.type)}) { ${call} ${selection} }`;
  return { kind, name: field.name, query, input };
}

function selectionOf(type: GraphQLNamedType, levels: number): string {
  if (isLeafType(type)) return '';
  if (isUnionType(type) || isInterfaceType(type)) {
    const members = schema
      .getPossibleTypes(type)
      .map((one) => `... on ${one.name} ${selectionOf(one, levels)}`);
    return `{ __typename ${members.join(' ')} }`;
  }
  if (!isObjectType(type)) throw new Error(`${type.name} is no type of an answer`);
  const fields = Object.values(type.getFields()).filter((field) => {
    if (field.args.some(isRequiredArgument)) return false;
    // Sessions refer to sessions, so the recursion ends here.
    return isLeafType(getNamedType(field.type)) || (levels > 0 && field.name !== 'supersededBy');
  });
  const selected = fields.map((field) =>
    `${field.name} ${selectionOf(getNamedType(field.type), levels - 1)}`.trimEnd(),
  );
  return `{ __typename ${selected.join(' ')} }`;
}

/**
 * Returns inputs that are malformed in one field each, with the secret in or beside it.
 *
 * @param right a valid input
 */
export function wrongInputs(
  { input }: SchemaOperation,
  right: Readonly<Record<string, unknown>>,
  secret: string,
): readonly unknown[] {
  if (input === null) return [];
  const odd = [
    null,
    7,
    true,
    secret,
    [secret],
    { [secret]: secret },
    { password: secret },
    `${secret}\0`,
    `${secret}\ud800`,
  ];
  const inPlace = Object.keys(input.getFields()).flatMap((name) => [
    ...odd.map((value) => ({ ...right, [name]: value })),
    Object.fromEntries(Object.entries(right).filter(([other]) => other !== name)),
  ]);
  const device = [{ kind: secret }, { kind: 'WEB', name: [secret] }, { kind: 'WEB', [secret]: secret }];
  return [
    ...inPlace,
    ...device.map((value) => ({ ...right, device: value })),
    { ...right, [secret]: secret },
    { ...right, passwort: secret },
    ...odd,
  ];
}

/** Returns documents with the secret at every place of a text or a name. */
export function wrongDocuments({ kind, name, input }: SchemaOperation, secret: string): readonly string[] {
  const word = secret.replaceAll(/\W/g, '_');
  const text = JSON.stringify(secret);
  const literals = [
    text,
    `[${text}]`,
    `{ ${word}: ${text} }`,
    word,
    `$${word}`,
    `"""${secret}"""`,
    `"${secret}`,
  ];
  const fields = Object.keys(input?.getFields() ?? { input: null });
  return [
    ...literals.flatMap((literal) => [
      `${kind} { ${name}(input: ${literal}) { __typename } }`,
      ...fields.map((field) => `${kind} { ${name}(input: { ${field}: ${literal} }) { __typename } }`),
    ]),
    `${kind} { ${name}(password: ${text}) { __typename } }`,
    `${kind} { ${name}(${word}: 1) { __typename } }`,
    `${kind} { ${name} { ${word} } }`,
    `${kind} { ${name}(input: {}) { ... on ${word} { id } } }`,
    `${kind} { ${name} { ...${word} } }`,
    `${kind} { ${name} @${word} { __typename } }`,
    `${kind} { ${word} }`,
    `${kind} ($input: ${word}!) { ${name}(input: $input) { __typename } }`,
    `${kind} ($x: String = ${text}) { ${name} { __typename } }`,
    `${kind} { ${name} { __typename } } # ${secret}`,
    `${kind} { ${name} { __typename } } ${text}`,
    `${word} { ${name} }`,
    `fragment ${word} on Query { ${name} }`,
    `subscription { sessionEnded(token: ${text}) { at } }`,
  ];
}
