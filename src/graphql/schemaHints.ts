// Help for a developer whose document does not fit the schema: the validator's message with nothing left of it but
// the schema's own names. What was submitted is taken out, since a literal in the wrong place may be a password.

import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

import { valueHint } from './valueHint.js';

/** Gives the part of a validation message that may be shown. */
export function createSchemaHints(schema: GraphQLSchema): (message: string) => string {
  const names = namesOf(schema);
  const isKnown = (quoted: string) =>
    quoted
      .replaceAll(/[[\]!@ ]|\{ \.\.\. \}/g, '')
      .split('.')
      .every((name) => names.has(name));

  return (message) =>
    valueHint(message, isKnown) ||
    message
      // From here on a message repeats a value.
      .replace(/(?:, found |,? got invalid | value: | cannot represent )[\s\S]*$/, '.')
      .replaceAll(/"([^"]*)"/g, (whole, quoted: string) => (isKnown(quoted) ? whole : '"…"'));
}

function namesOf(schema: GraphQLSchema): ReadonlySet<string> {
  const names = new Set(schema.getDirectives().map((directive) => directive.name));
  for (const type of Object.values(schema.getTypeMap())) {
    names.add(type.name);
    if (isEnumType(type)) for (const value of type.getValues()) names.add(value.name);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) names.add(field.name);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      names.add(field.name);
      for (const argument of field.args) names.add(argument.name);
    }
  }
  return names;
}
