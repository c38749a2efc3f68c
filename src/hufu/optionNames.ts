// The option of createHufu for each setting, and messages about settings that name options instead.

import { OperatorError } from '../common/errors.js';
import { isRecord } from '../common/records.js';
import { type SettingName } from '../config/index.js';
import { isProviderId, type OwnSetting, ownProviderSettings } from '../config/providers.js';
import { type Log } from '../observability/log.js';
import { type HufuOptions, type ProviderOptions, type SettingOptions } from './options.js';

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

/** The option of each setting that a provider has of its own, by the suffix of the setting's name. */
const optionOfOwnSetting = {
  ISSUER: 'issuer',
  CLIENT_ID: 'clientId',
  CLIENT_SECRET: 'clientSecret',
  SCOPES: 'scopes',
  TEAM_ID: 'teamId',
  KEY_ID: 'keyId',
  PRIVATE_KEY: 'privateKey',
} as const satisfies Readonly<Record<OwnSetting, keyof ProviderOptions>>;

/** Returns the setting of each option, by the option's path, with those of the named providers. */
export function settingsByOption(providers: readonly string[]): ReadonlyMap<string, string> {
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

/** Returns the names of the providers that options are given for. */
export function providersIn(given: unknown): readonly string[] {
  if (!isRecord(given)) return [];
  return Object.keys(given).filter((key) => isProviderId(key) && (given[key] ?? null) !== null);
}

/** Returns the options of the database. A caller may name it alone: by a URL of PostgreSQL, a folder, or a client. */
export function databaseOptions(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== 'string') return isPlainRecord(given) ? given : { client: given };
  // A scheme that is misspelt, or of another database, must not become a folder whose name has the password.
  return /^postgres(?:ql)?:|:\/\//i.test(given) ? { url: given } : { dataDir: given };
}

/** Replaces the names of settings and commands of a node in a text by what the caller of createHufu has written. */
export type OptionNames = (text: string) => string;

export function createOptionNames(given: HufuOptions): OptionNames {
  const hasClient = (databaseOptions(given.database)['client'] ?? null) !== null;
  const options = settingsByOption(providersIn(given.providers));
  const names = new Map([...options].map(([path, name]) => [name, path]));
  if (hasClient) names.set('DATABASE_URL', 'database.client');
  return (text) =>
    text
      .replaceAll('`npm run migrate`', '`createHufu()`')
      .replaceAll(/\b[A-Z][A-Z0-9_]+\b/g, (name) => names.get(name) ?? name);
}

/** Returns the error with the names of options, if it is one for an operator; any other error as it is. */
export function inOptions(error: unknown, named: OptionNames): unknown {
  return error instanceof OperatorError
    ? new OperatorError(named(error.setting), named(error.remedy), error.cause)
    : error;
}

/** Makes a log that names options in messages about settings. */
export function logInOptions(log: Log, named: OptionNames): Log {
  const write =
    (level: 'error' | 'warn' | 'info' | 'debug') =>
    (...line: Parameters<Log['error']>) => {
      if (line.length === 1) log[level](named(line[0]));
      else log[level](line[0], named(line[1]));
    };
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    isLevelEnabled: (level) => log.isLevelEnabled(level),
  };
}

/** Tells whether the value is an object that is neither an instance of a class nor a promise. */
function isPlainRecord(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The object may be of another realm: tests run in one of their own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
