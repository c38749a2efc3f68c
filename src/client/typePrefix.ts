// The names of types at a server whose option `typePrefix` gives all of them a prefix. The operations and results of this
// client are without it.

/** Gives an operation of ours the server's names of types. They stand behind `on` and behind the colon of a variable. */
export function prefixDocument(document: string, prefix: string): string {
  return document.replace(/(?: on |: )(?=[A-Z])/g, (before) => before + prefix);
}

/** Takes the prefix from the `__typename` of each result. */
export function unprefixResults<Data>(data: Data, prefix: string): Data {
  if (prefix === '') return data;
  const results = Object.entries(data as Readonly<Record<string, unknown>>).map(([field, result]) => {
    const { __typename: name } = Object(result) as { readonly __typename?: unknown };
    return typeof name === 'string' && name.startsWith(prefix)
      ? [field, { ...(result as object), __typename: name.slice(prefix.length) }]
      : [field, result];
  });
  return Object.fromEntries(results) as Data;
}

/**
 * Gives the names of types in `possibleTypes` or `graphcacheKeys` the server's option `typePrefix`.
 *
 * @param map by the name of a type; names in its lists get the prefix too
 */
export function prefixTypes<Value>(
  map: Readonly<Record<string, Value>>,
  prefix: string,
): Record<string, Value> {
  const prefixed = (value: unknown) =>
    Array.isArray(value) ? value.map((name) => `${prefix}${String(name)}`) : value;
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [`${prefix}${name}`, prefixed(value) as Value]),
  );
}
