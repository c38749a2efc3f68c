// What an app without types may pass in the place of options: the error names the option, and never a value.

import { type SessionOptions } from './hufuSession.js';
import { absoluteUrl } from './platform.js';

const isUrl = (value: unknown) => {
  try {
    return typeof value === 'string' && value !== '' && absoluteUrl(value).host !== '';
  } catch {
    return false;
  }
};
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isStore = (value: unknown) =>
  isObject(value) &&
  ['read', 'write', 'onChange'].every(
    (name) => typeof Reflect.get(Object(value) as object, name) === 'function',
  );

const rules: Readonly<
  Record<keyof SessionOptions, readonly [fits: (value: unknown) => boolean, is: string]>
> = {
  url: [isUrl, 'a URL such as https://api.example.com/graphql'],
  webSocketUrl: [
    (value) => value === undefined || isUrl(value),
    'a URL such as wss://api.example.com/graphql',
  ],
  storage: [
    (value) => value === undefined || value === 'memory' || value === 'localStorage' || isStore(value),
    "'memory', 'localStorage' or an object with read, write and onChange",
  ],
  device: [(value) => value === undefined || isObject(value), 'an object with a kind and a name'],
  trustedOrigins: [
    (value) => value === undefined || (Array.isArray(value) && value.every(isUrl)),
    'a list of origins such as https://orders.example.com',
  ],
};

/** @throws TypeError that says which option of createSession does not fit, and what it may be */
export function checkOptions(given: unknown): void {
  const known = Object.keys(rules);
  const names = known.join(', ');
  if (!isObject(given)) throw new TypeError(`createSession: the options must be an object with ${names}.`);
  const options = given as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new TypeError(`createSession: there is no option ${name}. It takes ${names}.`);
  for (const [name, [fits, is]] of Object.entries(rules))
    if (!fits(options[name])) throw new TypeError(`createSession: ${name} must be ${is}.`);
}
