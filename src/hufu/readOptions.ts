// Reads the options of createHufu by the rules of the settings: each option is read as the text of its setting, so that a
// rule stands in config/ alone. What does not fit is one error, which names every option as the caller wrote it.

import { type Hooks } from '../auth/services.js';
import { OperatorError } from '../common/errors.js';
import { isRecord } from '../common/records.js';
import { type Config, readConfig, readEnvironment, type SettingName } from '../config/index.js';
import { isProviderId, type OwnSetting, ownProviderSettings } from '../config/providers.js';
import { createTemplates } from '../mail/templates.js';
import { type HostParts, type HufuOptions, type ProviderOptions, type SettingOptions } from './options.js';
import { readClient } from './postgresClient.js';

/** The paths of options: `environment`, `session.limit`, `auth.linkTtlSeconds.verifyEmail`. */
type PathOf<T> = {
  [K in keyof T & string]-?: NonNullable<T[K]> extends string | number | boolean | readonly unknown[]
    ? K
    : K | `${K}.${PathOf<NonNullable<T[K]>>}`;
}[keyof T & string];

/** The paths of those that may be lists. */
type ListPathOf<T> = {
  [K in keyof T & string]-?: Extract<T[K], readonly unknown[]> extends never
    ? NonNullable<T[K]> extends object
      ? `${K}.${ListPathOf<NonNullable<T[K]>>}`
      : never
    : K;
}[keyof T & string];

/**
 * The option of each setting, by the path that Config has it under; null for a setting of the standalone node alone. A new
 * setting needs its line here and its option in options.ts.
 */
export const optionOfSetting = {
  NODE_ENV: 'environment',
  DATABASE_URL: 'database.url',
  DATABASE_DIRECT_URL: 'database.directUrl',
  DATABASE_POOL_MODE: 'database.poolMode',
  DATABASE_POOL_SIZE: 'database.poolSize',
  DATA_DIR: 'database.dataDir',
  JWT_SECRET: 'tokens.secret',
  JWT_SECRET_PREVIOUS: 'tokens.previousSecret',
  DATA_KEY: 'tokens.dataKey',
  DATA_KEY_PREVIOUS: 'tokens.previousDataKey',
  JWT_ISSUER: 'tokens.issuer',
  JWT_AUDIENCE: 'tokens.audience',
  SESSION_TTL_SECONDS: 'session.ttlSeconds',
  SESSION_LIMIT: 'session.limit',
  SESSION_SCOPE: 'session.scope',
  SESSION_OVERFLOW: 'session.overflow',
  SESSION_IDLE_SECONDS: 'session.idleSeconds',
  SESSION_HISTORY_DAYS: 'retention.sessionHistoryDays',
  SECURITY_EVENTS_DAYS: 'retention.securityEventsDays',
  PASSWORD_MIN_LENGTH: 'passwords.minLength',
  HASH_CONCURRENCY: 'passwords.hashConcurrency',
  PASSWORD_BREACHED_FILE: 'passwords.breachedFile',
  PASSWORD_BREACHED_API: 'passwords.breachedApi',
  APP_NAME: 'app.name',
  APP_URL: 'app.url',
  PUBLIC_URL: 'app.publicUrl',
  SMTP_URL: 'mail.smtpUrl',
  SMTP_TLS: 'mail.smtpTls',
  MAIL_FROM: 'mail.from',
  LINK_BASE_URL: 'mail.linkBaseUrl',
  VERIFY_LINK_TTL_SECONDS: 'auth.linkTtlSeconds.verifyEmail',
  RESET_LINK_TTL_SECONDS: 'auth.linkTtlSeconds.resetPassword',
  CHANGE_LINK_TTL_SECONDS: 'auth.linkTtlSeconds.confirmEmailChange',
  REQUIRE_VERIFIED_EMAIL: 'auth.requireVerifiedEmail',
  EMAIL_CODE_LOGIN: 'auth.emailCodeLogin',
  LOGIN_NOTICES: 'auth.loginNotices',
  WEBAUTHN_RP_ID: 'passkeys.rpId',
  WEBAUTHN_ORIGINS: 'passkeys.origins',
  PROVIDERS: 'providers',
  PROVIDERS_VERIFYING_EMAIL: 'providers.verifyingEmail',
  PROVIDER_REDIRECT_URIS: 'providers.redirectUris',
  RATE_LIMITS: 'rateLimits',
  RATE_LIMIT_GUESSES_PER_MINUTE: 'rateLimits.guessesPerMinute',
  RATE_LIMIT_ACCOUNT_GUESSES_PER_HOUR: 'rateLimits.accountGuessesPerHour',
  RATE_LIMIT_ACCOUNT_SIGN_INS_PER_HOUR: 'rateLimits.accountSignInsPerHour',
  RATE_LIMIT_SESSION_GUESSES_PER_HOUR: 'rateLimits.sessionGuessesPerHour',
  RATE_LIMIT_IP_GUESSES_PER_HOUR: 'rateLimits.ipGuessesPerHour',
  RATE_LIMIT_IP_CHALLENGES_PER_HOUR: 'rateLimits.ipChallengesPerHour',
  RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: 'rateLimits.ipRegistrationsPerHour',
  RATE_LIMIT_IP_MAILS_PER_HOUR: 'rateLimits.ipMailsPerHour',
  RATE_LIMIT_RECIPIENT_MAILS_PER_HOUR: 'rateLimits.recipientMailsPerHour',
  QUERY_MAX_DEPTH: 'graphql.limits.depth',
  QUERY_MAX_COST: 'graphql.limits.cost',
  TRUST_PROXY: 'http.trustProxy',
  INTEGRATIONS: null,
  TICKET_AUDIENCES: null,
  RATE_LIMIT_ACCOUNT_TICKETS_PER_HOUR: null,
  QUERY_MAX_TOKENS: null,
  GRAPHQL_INTROSPECTION: null,
  TRUSTED_DOCUMENTS: null,
  PORT: null,
  HOST: null,
  METRICS_PORT: null,
  METRICS_HOST: null,
  CORS_ORIGINS: null,
  KEEP_ALIVE_SECONDS: null,
  SHUTDOWN_DELAY_SECONDS: null,
  HASURA_MAX_AGE_SECONDS: null,
  LOG_LEVEL: null,
} as const satisfies Readonly<Record<SettingName, PathOf<SettingOptions> | null>>;

/** The option of each setting that a provider has of its own, by what the name of the setting ends with. */
const optionOfOwnSetting = {
  ISSUER: 'issuer',
  CLIENT_ID: 'clientId',
  CLIENT_SECRET: 'clientSecret',
  SCOPES: 'scopes',
  TEAM_ID: 'teamId',
  KEY_ID: 'keyId',
  PRIVATE_KEY: 'privateKey',
} as const satisfies Readonly<Record<OwnSetting, keyof ProviderOptions>>;

/** The setting of each option, by the option's path, with those of providers. */
function settingsByOption(providers: readonly string[]): ReadonlyMap<string, string> {
  const own = providers.flatMap((id) =>
    ownProviderSettings(id).map(
      ([suffix, name]) => [`providers.${id}.${optionOfOwnSetting[suffix]}`, name] as const,
    ),
  );
  const common = Object.entries(optionOfSetting).flatMap(([name, path]) =>
    path === null ? [] : [[path, name] as const],
  );
  return new Map([...common, ...own]);
}

interface Part {
  readonly kind: string;
  /** The methods that it must have. */
  readonly needs?: readonly string[];
  /** The functions that it may have, and nothing else. */
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

/** What the name of a type may begin with. */
const prefix = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

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
  const refuse = (path: string, remedy: string) => {
    mistakes.push(new OperatorError(path, remedy));
  };
  const environment: Record<string, string> = {};
  const { client = null, ...database } = databaseOptions(given.database);
  const providers = providersIn(given.providers);
  const options = settingsByOption(providers);
  const settings = new Map([...options].map(([path, name]) => [name, path]));
  const listed = new Set<string>();

  /** Names the options of a group once, however many wrong ones an object such as process.env has. */
  const refuseUnknown = (path: string, inner: string) => {
    const meant = settings.get(inner);
    if (meant !== undefined)
      refuse(
        inner,
        `it is a setting, whose option is ${meant}. createHufu(fromEnvironment()) reads the settings of the environment.`,
      );
    else if (listed.has(path)) refuse(inner, 'there is no such option.');
    else {
      listed.add(path);
      refuse(inner, `there is no such option. ${path || 'It'} takes ${optionsIn(options, path)}.`);
    }
  };

  const readGroup = (path: string, group: object) => {
    for (const [key, value] of Object.entries(group) as [string, unknown][]) {
      const inner = path === '' ? key : `${path}.${key}`;
      const name = options.get(inner);
      const text = textOf(value);
      if (inner in parts) readPart(inner as keyof HostParts, value, refuse);
      else if (inner === 'rateLimits' && value === null) environment['RATE_LIMITS'] = 'off';
      else if (value === undefined || value === null) continue;
      else if (isGroup(options, inner)) {
        if (isRecord(value)) readGroup(inner, value);
        else refuse(inner, `it must be an object with ${optionsIn(options, inner)}.`);
      } else if (name === undefined) refuseUnknown(path, inner);
      else if (text === null || (Array.isArray(value) && !lists.includes(inner)))
        refuse(
          inner,
          `it must be a text, a number, true or false${lists.includes(inner) ? ', or a list of texts' : ''}.`,
        );
      // An empty list of these differs from none: the e-mails of no provider count.
      else
        environment[name] =
          Array.isArray(value) && text === '' && inner === 'providers.verifyingEmail' ? ',' : text;
    }
  };
  readGroup('', { ...given, database });
  const target = client === null ? null : readClient(client, refuse);
  if (target !== null && environment['DATABASE_URL'] !== undefined)
    refuse('database.url', 'it must be left out beside database.client.');
  // The rules of a server hold; the URL is never asked.
  if (target !== null) environment['DATABASE_URL'] = 'postgres://localhost';

  if (providers.length > 0) environment['PROVIDERS'] = providers.join(',');

  // A team that sends the mails itself needs no SMTP server, which is then never asked.
  if (given.sendMail !== undefined) environment['SMTP_URL'] ??= 'smtp://localhost';

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

/** Names options where a text is about settings, each as the caller of createHufu wrote it. */
export type OptionNames = (text: string) => string;

export function createOptionNames(given: HufuOptions): OptionNames {
  const options = settingsByOption(providersIn(given.providers));
  const names = new Map([...options].map(([path, name]) => [name, path]));
  if ((databaseOptions(given.database)['client'] ?? null) !== null)
    names.set('DATABASE_URL', 'database.client');
  return (text) => text.replaceAll(/\b[A-Z][A-Z0-9_]+\b/g, (name) => names.get(name) ?? name);
}

/** The same error, which names options where it is an operator's. */
export function inOptions(error: unknown, named: OptionNames): unknown {
  return error instanceof OperatorError
    ? new OperatorError(named(error.setting), named(error.remedy), error.cause)
    : error;
}

/**
 * Reads the options that the settings of this process stand for, as the standalone node does: with the file `.env`.
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

/** A database may be named alone: by a URL of PostgreSQL, a folder, or a client. */
function databaseOptions(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== 'string') return isPlainRecord(given) ? given : { client: given };
  // A scheme that is misspelt, or of another database, must not become a folder whose name has the password.
  return /^postgres(?:ql)?:|:\/\//i.test(given) ? { url: given } : { dataDir: given };
}

function readPart(
  name: keyof HostParts,
  value: unknown,
  refuse: (path: string, remedy: string) => void,
): void {
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

/** The options that are lists. */
const lists: readonly string[] = [
  'passkeys.origins',
  'providers.redirectUris',
  'providers.verifyingEmail',
  'http.trustProxy',
] satisfies ListPathOf<SettingOptions>[];

/** The text that the setting would have; null for what no setting can be. */
function textOf(value: unknown): string | null {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? value.join(',') : null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null;
}

/** The names of the providers that options are given for. */
function providersIn(given: unknown): readonly string[] {
  if (!isRecord(given)) return [];
  return Object.keys(given).filter((key) => isProviderId(key) && (given[key] ?? null) !== null);
}

type Options = ReturnType<typeof settingsByOption>;

function isGroup(options: Options, path: string): boolean {
  return [...options.keys()].some((one) => one.startsWith(`${path}.`));
}

/** The names of the options of a group. */
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

/** Whether it is neither an instance of a class nor a promise. */
function isPlainRecord(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Of any realm: tests run in one of their own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
