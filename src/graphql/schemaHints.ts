// Hints for a developer whose document or variables do not fit the schema: the validator's message, with only the schema's
// own names left in it. What was submitted is taken out: a literal in the wrong place may be a password.

import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

/** Makes a function that returns the part of a validation message that may be shown. */
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

/** In the messages of graphql-js: the variable, the value, its path in the variable, and what was expected. */
const invalid =
  /^Variable "\$(\w+)" got invalid value [\s\S]*?(?: at "(\w+)((?:\.\w+|\[\d+\])*)")?; ([^;]*)$/;
const missing =
  /^Variable "\$(\w+)" of (?:required|non-null) type "([\w![\]]+)" (?:was not provided|must not be null)\.$/;
const absentField = /^Field "(\w+)" of required type "([\w![\]]+)" was not provided\.$/;
const expected =
  /(?: in "(\w+)" enum|^Enum "(\w+)" cannot|^Expected (?:non-nullable )?type "([\w![\]]+)"|^(\w+) cannot represent)/;

/**
 * Names the part of the variables that does not fit: `$input.device.kind: DeviceKind`. Empty where nothing can be said.
 *
 * @param isKnown whether all names in a text are the schema's
 */
function valueHint(message: string, isKnown: (text: string) => boolean): string {
  const [, absent = '', absentType = ''] = missing.exec(message) ?? [];
  if (absent !== '' && isKnown(absentType)) return `$${absent}: ${absentType} is missing.`;

  const [, variable = '', , path = '', complaint = ''] = invalid.exec(message) ?? [];
  if (variable === '' || !isKnown(path.replaceAll(/\[\d+\]/g, '').slice(1) || absentType || 'String'))
    return '';
  const place = `$${variable}${path}`;
  const [, field = '', fieldType = ''] = absentField.exec(complaint) ?? [];
  if (field !== '' && isKnown(field) && isKnown(fieldType))
    return `${place}.${field}: ${fieldType} is missing.`;
  const type = expected
    .exec(complaint)
    ?.slice(1)
    .find((name) => Boolean(name));
  return type !== undefined && isKnown(type) ? `${place}: ${type}.` : `${place}.`;
}
