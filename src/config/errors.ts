/** A setting is missing or not allowed. The message has a line for each, with its name and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
