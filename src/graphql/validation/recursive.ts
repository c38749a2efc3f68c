// Which fields lead back to the type they belong to: the only ones of which a document can make a chain without end.

import {
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
} from 'graphql';

/** The fields, as `Type.field`, from whose own type their parent type can be reached again. */
export function recursiveFields(schema: GraphQLSchema): ReadonlySet<string> {
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
