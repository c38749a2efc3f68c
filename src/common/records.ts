// Values of JSON and of plain JavaScript whose shape is not known yet.

/** Whether the value is an object and no array: its properties can be read, whatever they are. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
