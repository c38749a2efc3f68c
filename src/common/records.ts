// Values of JSON and of plain JavaScript whose shape is not known yet.

/** Tells whether the value is an object and no array: its properties can be read. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
