// Reads the options of createHufu by the rules of the settings: each option is read as the text of its setting, so that a
// rule stands in config/ alone. One error names every option that does not fit, as the caller wrote it.

import { type Hooks } from '../auth/services.js';
import { OperatorError } from '../common/errors.js';
import { isRecord } from '../common/records.js';
import { type Config, readConfig, readEnvironment } from '../config/index.js';
import { ownProviderSettings } from '../config/providers.js';
import { createTemplates } from '../mail/templates.js';
import {
  createOptionNames,
  databaseOptions,
  inOptions,
  providersIn,
  settingsByOption,
} from './optionNames.js';
import { type HostParts, type HufuOptions, type SettingOptions } from './options.js';
import { readClient } from './postgresClient.js';

/** The paths of options that may be lists. */
type ListPathOf<T> = {
  [K in keyof T & string]-?: Extract<T[K], readonly unknown[]> extends never
    ? NonNullable<T[K]> extends object
      ? `${K}.${ListPathOf<NonNullable<T[K]>>}`
      : never
    : K;
}[keyof T & string];

interface Part {
  readonly kind: string;
  /** The methods that the object must have. */
  readonly needs?: readonly string[];
  /** The functions that the object may have; it may have nothing else. */
  readonly takes?: readonly string[];
}

const parts: Readonly<Record<keyof HostParts, Part>> = {
  log: { kind: 'object', needs: ['error', 'warn', 'info'] },
  registry: { kind: 'object', needs: ['registerMetric', 'removeSingleMetric'] },
  clock: { kind: 'object', needs: ['now'] },
  sendMail: { kind: 'function' },
  texts: { kind: 'object', takes: Object.keys(createTemplates('')) },
  on: { kind: 'object', takes: ['registered', 'deleted'] satisfies (keyof Hooks)[] },
  typePrefix: { kind: 'string' },
};

/** The prefixes that a type's name may have. */
const prefix = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

type Refuse = (path: string, remedy: string) => void;

/**
 * Reads the options.
 *
 * @throws OperatorError with a line for each option that does not fit; never its value
 */
export function readOptions(given: HufuOptions): Config {
  const whole: unknown = given;
  if (!isRecord(whole))
    throw new OperatorError('options', `they must be an object with ${optionsIn(settingsByOption([]), '')}.`);
  const mistakes: OperatorError[] = [];
  const refuse: Refuse = (path, remedy) => {
    mistakes.push(new OperatorError(path, remedy));
  };
  const { client = null, ...database } = databaseOptions(given.database);
  const providers = providersIn(given.providers);
  const environment = readSettings({ ...given, database }, settingsByOption(providers), refuse);
  if (providers.length > 0) environment['PROVIDERS'] = providers.join(',');
  // A team that sends the mails itself needs no SMTP server, which is then never asked.
  if (given.sendMail !== undefined) environment['SMTP_URL'] ??= 'smtp://localhost';
  const target = client === null ? null : readClient(client, refuse);
  if (target !== null) {
    if (environment['DATABASE_URL'] !== undefined)
      refuse('database.url', 'it must be left out beside database.client.');
    // The rules for a server hold. No connection is opened to the URL.
    environment['DATABASE_URL'] = 'postgres://localhost';
  }

  let config: Config | null = null;
  try {
    config = readConfig(environment);
  } catch (error) {
    const named = inOptions(error, createOptionNames(given));
    if (!(named instanceof OperatorError)) throw named;
    mistakes.push(named);
  }
  const [first, ...more] = mistakes;
  if (first !== undefined) throw OperatorError.of([first, ...more]);
  if (config === null) throw new Error('options that fit have a configuration');
  return { ...config, database: { ...config.database, client: target } };
}

/** Reads each option into the text of its setting. */
function readSettings(given: object, options: Options, refuse: Refuse): Record<string, string> {
  const environment: Record<string, string> = {};
  const optionOf = new Map([...options].map(([path, name]) => [name, path]));
  const listed = new Set<string>();

  /** Lists the options of a group once, however many wrong ones an object such as process.env has. */
  const refuseUnknown = (group: string, path: string) => {
    const meant = optionOf.get(path);
    if (meant !== undefined)
      refuse(
        path,
        `it is a setting, whose option is ${meant}. createHufu(fromEnvironment()) reads the settings of the environment.`,
      );
    else if (listed.has(group)) refuse(path, 'there is no such option.');
    else {
      listed.add(group);
      refuse(path, `there is no such option. ${group || 'It'} takes ${optionsIn(options, group)}.`);
    }
  };

  const readText = (name: string, path: string, value: unknown) => {
    const mayBeList = lists.includes(path);
    const text = textOf(value);
    if (text === null || (Array.isArray(value) && !mayBeList))
      refuse(path, `it must be a text, a number, true or false${mayBeList ? ', or a list of texts' : ''}.`);
    // An empty list of these differs from none: the e-mails of no provider count.
    else if (Array.isArray(value) && text === '' && path === 'providers.verifyingEmail')
      environment[name] = ',';
    else environment[name] = text;
  };

  const readGroup = (group: string, values: object) => {
    for (const [key, value] of Object.entries(values) as [string, unknown][]) {
      const path = group === '' ? key : `${group}.${key}`;
      const name = options.get(path);
      if (isPart(path)) readPart(path, value, refuse);
      else if (path === 'rateLimits' && value === null) environment['RATE_LIMITS'] = 'off';
      else if (value === undefined || value === null) continue;
      else if (isGroup(options, path)) {
        if (isRecord(value)) readGroup(path, value);
        else refuse(path, `it must be an object with ${optionsIn(options, path)}.`);
      } else if (name === undefined) refuseUnknown(group, path);
      else readText(name, path, value);
    }
  };
  readGroup('', given);
  return environment;
}

/**
 * Reads the settings of this process, with those of the file `.env`, as options of createHufu.
 *
 * @throws OperatorError with a line for each setting that is not allowed; never its value
 */
export function fromEnvironment(): HufuOptions {
  const { values } = readEnvironment();
  const config = readConfig(values);
  const ids = config.providers.list.map(({ id }) => id);
  const ofProviders = new Set(ids.flatMap(ownProviderSettings).map(([, name]) => name));
  const read: Record<string, unknown> = {};
  for (const [path, name] of settingsByOption(ids)) {
    const text = values[name] ?? '';
    const value = ofProviders.has(name) ? text : valueAt(config, path);
    if (text !== '' && value !== undefined && !isRecord(value)) setAt(read, path, value);
  }
  return read;
}

function isPart(path: string): path is keyof HostParts {
  return Object.hasOwn(parts, path);
}

function readPart(name: keyof HostParts, value: unknown, refuse: Refuse): void {
  if (value === undefined) return;
  const { kind, needs = [], takes } = parts[name];
  const missing = needs.filter(
    (method) => typeof (value as Record<string, unknown> | null)?.[method] !== 'function',
  );
  if (value === null || typeof value !== kind)
    refuse(name, `it must be ${kind === 'object' ? 'an' : 'a'} ${kind}.`);
  else if (missing.length > 0) refuse(name, `it must have the methods ${needs.join(', ')}.`);
  else if (takes !== undefined)
    for (const [inner, given] of Object.entries(value)) {
      const path = `${name}.${inner}`;
      if (!takes.includes(inner)) refuse(path, `there is no such option. ${name} takes ${takes.join(', ')}.`);
      else if (given !== undefined && typeof given !== 'function') refuse(path, 'it must be a function.');
    }
  else if (name === 'typePrefix' && !prefix.test(value as string))
    refuse(name, 'it must be a letter, and up to 31 letters, digits or underscores.');
}

/** The options that may be lists. */
const lists: readonly string[] = [
  'passkeys.origins',
  'providers.redirectUris',
  'providers.verifyingEmail',
  'http.trustProxy',
] satisfies ListPathOf<SettingOptions>[];

/** Returns the text that the setting would have; null for a value that no setting can have. */
function textOf(value: unknown): string | null {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? value.join(',') : null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null;
}

type Options = ReturnType<typeof settingsByOption>;

function isGroup(options: Options, path: string): boolean {
  return [...options.keys()].some((one) => one.startsWith(`${path}.`));
}

/** Names the options of a group, for an error. */
function optionsIn(options: Options, path: string): string {
  const start = path === '' ? '' : `${path}.`;
  const inside = [...options.keys(), ...Object.keys(parts)]
    .filter((one) => one.startsWith(start))
    .map((one) => one.slice(start.length).split('.', 1)[0]);
  if (path === 'database') inside.push('client');
  if (path === 'providers') inside.push('names of providers in lower case');
  return [...new Set(inside)].join(', ');
}

function valueAt(group: object, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), group);
}

function setAt(group: Record<string, unknown>, path: string, value: unknown): void {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) group[key] = value;
  else setAt((group[key] ??= {}) as Record<string, unknown>, rest.join('.'), value);
}
