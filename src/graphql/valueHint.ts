// Which value of the variables does not fit: `$input.device.kind: DeviceKind`. Only the schema's own names are shown;
// what was submitted is taken out.

/** graphql-js writes the variable, the value, where in the variable it is, and what was expected. */
const invalid =
  /^Variable "\$(\w+)" got invalid value [\s\S]*?(?: at "(\w+)((?:\.\w+|\[\d+\])*)")?; ([^;]*)$/;
const missing =
  /^Variable "\$(\w+)" of (?:required|non-null) type "([\w![\]]+)" (?:was not provided|must not be null)\.$/;
const absentField = /^Field "(\w+)" of required type "([\w![\]]+)" was not provided\.$/;
const expected =
  /(?: in "(\w+)" enum|^Enum "(\w+)" cannot|^Expected (?:non-nullable )?type "([\w![\]]+)"|^(\w+) cannot represent)/;

/** @param isKnown whether all names in a text are the schema's; returns an empty text where nothing can be told */
export function valueHint(message: string, isKnown: (text: string) => boolean): string {
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
