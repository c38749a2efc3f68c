// Reads the options of createHufu by the rules of the settings: each option is read as the text of its setting, so that a
// rule stands in config/ alone. What does not fit is one error, which names every option as the caller wrote it.

import { OperatorError } from '../common/errors.js';
import { type Config, readConfig, readEnvironment, type SettingName } from '../config/index.js';
import { type HostParts, type HufuOptions, type SettingOptions } from './options.js';

/** The paths of options: `environment`, `session.limit`, `auth.linkTtlSeconds.verifyEmail`. */
type PathOf<T> = {
  [K in keyof T & string]-?: NonNullable<T[K]> extends string | number | boolean | readonly unknown[]
    ? K
    : K | `${K}.${PathOf<NonNullable<T[K]>>}`;
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
  PROVIDERS: null,
  PROVIDERS_VERIFYING_EMAIL: null,
  PROVIDER_REDIRECT_URIS: null,
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

const options: ReadonlyMap<string, SettingName> = new Map(
  Object.entries(optionOfSetting).flatMap(([name, path]) =>
    path === null ? [] : [[path, name as SettingName] as const],
  ),
);

/** The parts: the kind of value that each takes, and the methods that it needs. */
const parts = {
  log: { kind: 'object', needs: ['error', 'warn', 'info'] },
  registry: { kind: 'object', needs: ['registerMetric', 'removeSingleMetric'] },
  clock: { kind: 'object', needs: ['now'] },
  sendMail: { kind: 'function', needs: [] },
  texts: { kind: 'object', needs: [] },
  on: { kind: 'object', needs: [] },
  typePrefix: { kind: 'string', needs: [] },
} as const satisfies Readonly<
  Record<keyof HostParts, { readonly kind: string; readonly needs: readonly string[] }>
>;

/** What the name of a type may begin with. */
const prefix = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

/**
 * Reads the options.
 *
 * @throws OperatorError with a line for each option that does not fit; never its value
 */
export function readOptions(given: HufuOptions): Config {
  const mistakes: OperatorError[] = [];
  const refuse = (path: string, remedy: string) => {
    mistakes.push(new OperatorError(path, remedy));
  };
  const environment: Record<string, string> = {};

  const readGroup = (path: string, group: object) => {
    for (const [key, value] of Object.entries(group) as [string, unknown][]) {
      const inner = path === '' ? key : `${path}.${key}`;
      const name = options.get(inner);
      const text = textOf(value);
      if (inner in parts) readPart(inner as keyof HostParts, value, refuse);
      else if (inner === 'rateLimits' && value === null) environment['RATE_LIMITS'] = 'off';
      else if (value === undefined || value === null) continue;
      else if (isGroup(inner)) {
        if (isRecord(value)) readGroup(inner, value);
        else refuse(inner, `it must be an object with ${optionsIn(inner)}.`);
      } else if (name === undefined)
        refuse(inner, `there is no such option. ${path || 'It'} takes ${optionsIn(path)}.`);
      else if (text === null)
        refuse(inner, 'it must be a text, a number, true or false, or a list of texts.');
      else environment[name] = text;
    }
  };
  readGroup('', { ...given, database: databaseOptions(given.database) });

  // A team that sends the mails itself needs no SMTP server, which is then never asked.
  if (given.sendMail !== undefined) environment['SMTP_URL'] ??= 'smtp://localhost';

  let config: Config | null = null;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    mistakes.push(new OperatorError(inOptions(error.setting), inOptions(error.remedy), error.cause));
  }
  const [first, ...more] = mistakes;
  if (first !== undefined) throw OperatorError.of([first, ...more]);
  if (config === null) throw new Error('options that fit have a configuration');
  return config;
}

/**
 * Reads the options that the settings of this process stand for, as the standalone node does: with the file `.env`.
 *
 * @throws OperatorError with a line for each setting that is not allowed; never its value
 */
export function fromEnvironment(): HufuOptions {
  const { values } = readEnvironment();
  const config = readConfig(values);
  const read: Record<string, unknown> = {};
  for (const [path, name] of options) {
    const value = (values[name] ?? '') === '' ? undefined : valueAt(config, path);
    if (value !== undefined && !isRecord(value)) setAt(read, path, value);
  }
  return read;
}

/** A database may be named by a text alone: a URL of PostgreSQL, or a folder. */
function databaseOptions(given: HufuOptions['database']): unknown {
  if (typeof given !== 'string') return given;
  return /^postgres(?:ql)?:/i.test(given) ? { url: given } : { dataDir: given };
}

function readPart(
  name: keyof HostParts,
  value: unknown,
  refuse: (path: string, remedy: string) => void,
): void {
  if (value === undefined) return;
  const { kind, needs } = parts[name];
  const missing = needs.filter(
    (method) => typeof (value as Record<string, unknown> | null)?.[method] !== 'function',
  );
  if (value === null || typeof value !== kind)
    refuse(name, `it must be ${kind === 'object' ? 'an' : 'a'} ${kind}.`);
  else if (missing.length > 0) refuse(name, `it must have the methods ${needs.join(', ')}.`);
  else if (name === 'typePrefix' && !prefix.test(value as string))
    refuse(name, 'it must be a letter, and up to 31 letters, digits or underscores.');
}

/** The text that the setting would have; null for what no setting can be. */
function textOf(value: unknown): string | null {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? value.join(',') : null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null;
}

const paths = [...options.keys(), ...Object.keys(parts)];

function isGroup(path: string): boolean {
  return paths.some((one) => one.startsWith(`${path}.`));
}

/** The names of the options of a group. */
function optionsIn(path: string): string {
  const start = path === '' ? '' : `${path}.`;
  const inside = paths
    .filter((one) => one.startsWith(start))
    .map((one) => one.slice(start.length).split('.', 1)[0]);
  return [...new Set(inside)].join(', ');
}

/** Names the options in a sentence that is about settings. */
function inOptions(text: string): string {
  const names: Readonly<Record<string, string | null>> = optionOfSetting;
  return text.replaceAll(/\b[A-Z][A-Z0-9_]+\b/g, (name) => names[name] ?? name);
}

function valueAt(group: object, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), group);
}

function setAt(group: Record<string, unknown>, path: string, value: unknown): void {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) group[key] = value;
  else setAt((group[key] ??= {}) as Record<string, unknown>, rest.join('.'), value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
