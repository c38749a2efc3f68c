// The one reader of the environment. Every setting has its name, its unit, its default and its bounds here.

import { z } from 'zod';

import { OperatorError } from '../common/errors.js';
import { type DatabaseTarget, readDatabaseUrl, readDirectUrl } from './databaseUrl.js';
import { readEnvFile, unknownNames } from './envFile.js';
import { httpConfig, httpSettings, isSamePort } from './http.js';
import { integrationConfig, integrationSettings } from './integrations.js';
import { oneOf, text, wholeNumber, wholeNumberOrNone } from './values.js';
import { limitConfig, limitSettings } from './limits.js';
import { mailConfig, mailSettings } from './mail.js';
import { passkeyConfig, passkeySettings } from './passkeys.js';
import { isWeakSecret } from './localSecret.js';
import { ownProviderSettings, providerConfig, providerSettings } from './providers.js';

export type Config = ReturnType<typeof readConfig>;

/** How a pooler shares the sessions of a server: for each transaction, or for each connection to it. */
export type PoolMode = Config['database']['poolMode'];

const year = 31_536_000;
const secretBytes = 32;

const secret = z
  .string()
  .refine((value) => Buffer.byteLength(value) >= secretBytes && value.isWellFormed())
  .optional()
  .meta({
    allowed: `a text of at least ${String(secretBytes)} bytes, such as \`openssl rand -base64 48\` makes`,
  });

const settings = {
  NODE_ENV: oneOf(['development', 'test', 'production'], 'development'),
  DATABASE_URL: z
    .string()
    .optional()
    .meta({ allowed: 'a URL such as postgres://user:password@host:5432/database' }),
  DATABASE_DIRECT_URL: z
    .string()
    .optional()
    .meta({ allowed: 'a URL such as postgres://user:password@host:5432/database' }),
  DATABASE_POOL_MODE: oneOf(['transaction', 'session'], 'transaction'),
  DATABASE_POOL_SIZE: wholeNumber(1, 1_000, 10),
  DATA_DIR: text('.data'),
  JWT_SECRET: secret,
  JWT_SECRET_PREVIOUS: secret,
  DATA_KEY: secret,
  DATA_KEY_PREVIOUS: secret,
  JWT_ISSUER: text('hufu'),
  JWT_AUDIENCE: text('hufu'),
  SESSION_TTL_SECONDS: wholeNumber(1, year, 2_592_000),
  SESSION_LIMIT: wholeNumber(0, 1_000, 1),
  SESSION_SCOPE: oneOf(['user', 'device'], 'user'),
  SESSION_OVERFLOW: oneOf(['supersede', 'refuse', 'ask'], 'supersede'),
  SESSION_IDLE_SECONDS: wholeNumber(0, year, 0),
  SESSION_HISTORY_DAYS: wholeNumber(0, 36_500, 90),
  SECURITY_EVENTS_DAYS: wholeNumber(1, 36_500, 365),
  PASSWORD_MIN_LENGTH: wholeNumber(8, 64, 8),
  HASH_CONCURRENCY: wholeNumberOrNone(1, 1_024),
  PASSWORD_BREACHED_FILE: z.string().optional().meta({ allowed: 'the path of a file' }),
  PASSWORD_BREACHED_API: z
    .string()
    .refine((value) => /^https?:\/\/[^\s?#]+\/$/.test(value) && URL.canParse(value))
    .optional()
    .meta({ allowed: 'a URL that ends with a slash, such as https://api.pwnedpasswords.com/range/' }),
  ...httpSettings,
  ...mailSettings,
  ...limitSettings,
  ...passkeySettings,
  ...integrationSettings,
  ...providerSettings,
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
};

export type SettingName = keyof typeof settings;

type Read = Readonly<z.output<z.ZodObject<typeof settings>>>;

/** The environment with what the file `.env` adds to it, and what the operator should know of that file. */
export interface Environment {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly warnings: readonly string[];
}

/**
 * The process's environment, with what a file `.env` in the working folder adds to it. Variables that are set
 * already win over the file.
 *
 * @throws {@link OperatorError} when there is an `.env` that cannot be read
 */
export function readEnvironment(): Environment {
  const { values, warnings } = readEnvFile('.env');
  for (const [name, value] of Object.entries(values)) process.env[name] ??= value;
  return { values: process.env, warnings };
}

/**
 * The settings of this process: {@link readConfig} of {@link readEnvironment}.
 *
 * @throws {@link OperatorError}
 */
export function readProcessConfig(): Config {
  const { values, warnings } = readEnvironment();
  const config = readConfig(values);
  return { ...config, warnings: [...warnings, ...config.warnings] };
}

/**
 * Reads the settings. An empty variable counts as one that is not set.
 *
 * @throws {@link OperatorError} with a line for each variable that is not allowed; never its value
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>) {
  const present = Object.fromEntries(
    Object.keys(settings).map((name) => [name, environment[name] === '' ? undefined : environment[name]]),
  );
  const result = z.object(settings).safeParse(present);
  if (!result.success) throw describe(result.error);
  const read = result.data;

  const [mistake, ...more] = mistakesOf(read);
  if (mistake !== undefined) throw OperatorError.of([mistake, ...more]);
  const production = read.NODE_ENV === 'production';

  return {
    environment: read.NODE_ENV,
    log: { level: read.LOG_LEVEL },
    database: {
      /** Null for the embedded database. */
      url: read.DATABASE_URL ?? null,
      /** Where a client that a team has leads, in place of the URL. */
      client: null as DatabaseTarget | null,
      /** Leads past a pooler to the same database; null where DATABASE_URL does. */
      directUrl: read.DATABASE_DIRECT_URL ?? null,
      /** For how long a pooler, where there is one, leaves a server's session to a connection. */
      poolMode: read.DATABASE_POOL_MODE,
      /** The most connections held to a server for operations. */
      poolSize: read.DATABASE_POOL_SIZE,
      /** The folder of the embedded database. */
      dataDir: read.DATA_DIR,
    },
    tokens: {
      /** Null for the embedded database in development: the node makes one and keeps it in the data folder. */
      secret: read.JWT_SECRET ?? null,
      previousSecret: read.JWT_SECRET_PREVIOUS ?? null,
      /**
       * Null for the embedded database in development, as above. Null elsewhere: what has to be sealed in the database, such
       * as the seed of an authenticator app, is unavailable.
       */
      dataKey: read.DATA_KEY ?? null,
      previousDataKey: read.DATA_KEY_PREVIOUS ?? null,
      issuer: read.JWT_ISSUER,
      audience: read.JWT_AUDIENCE,
    },
    session: {
      limit: read.SESSION_LIMIT,
      scope: read.SESSION_SCOPE,
      overflow: read.SESSION_OVERFLOW,
      ttlSeconds: read.SESSION_TTL_SECONDS,
      idleSeconds: read.SESSION_IDLE_SECONDS,
    },
    retention: {
      sessionHistoryDays: read.SESSION_HISTORY_DAYS,
      securityEventsDays: read.SECURITY_EVENTS_DAYS,
    },
    passwords: {
      minLength: read.PASSWORD_MIN_LENGTH,
      /** How many passwords are hashed at once; null for what cores and memory allow. */
      hashConcurrency: read.HASH_CONCURRENCY ?? null,
      /** A file of breached passwords; null for none. */
      breachedFile: read.PASSWORD_BREACHED_FILE ?? null,
      /** The URL of a range API of breached passwords; null for none. */
      breachedApi: read.PASSWORD_BREACHED_API ?? null,
    },
    ...mailConfig(read, production),
    ...limitConfig(read, production),
    ...httpConfig(read, production),
    ...passkeyConfig(read, read.NODE_ENV === 'development'),
    // Only the embedded database in development makes a data key by itself.
    ...integrationConfig(
      read,
      read.DATA_KEY !== undefined || (!production && read.DATABASE_URL === undefined),
    ),
    /** A team's own settings, in a clone. */
    team: Object.fromEntries(
      Object.entries(environment).filter(
        (entry): entry is [string, string] => entry[0].startsWith('TEAM_') && entry[1] !== undefined,
      ),
    ),
    ...providerConfig(read, environment, { production, publicUrl: read.PUBLIC_URL ?? null }),
    /** What the operator should know of the settings, though they are allowed. */
    warnings: unknownNames(environment, [
      ...Object.keys(settings),
      ...read.PROVIDERS.flatMap(ownProviderSettings).map(([, name]) => name),
    ]),
    /** Whether npm is the parent of this process: npm ends without passing signals on. */
    startedByNpm: environment['npm_lifecycle_event'] !== undefined,
  } as const;
}

/** What is wrong with settings that are allowed by themselves. */
function mistakesOf(read: Read): readonly OperatorError[] {
  const mistakes: OperatorError[] = [];
  const refuse = (name: SettingName, remedy: string) => {
    mistakes.push(new OperatorError(name, remedy));
  };
  const understand = (url: string | undefined, readUrl: (url: string) => unknown) => {
    try {
      if (url !== undefined) readUrl(url);
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      mistakes.push(error);
    }
  };
  const production = read.NODE_ENV === 'production';

  // The database reads them again when it is opened; a mistake in one stops the start before anything else.
  understand(read.DATABASE_URL, readDatabaseUrl);
  understand(read.DATABASE_DIRECT_URL, readDirectUrl);
  if (read.DATABASE_DIRECT_URL !== undefined && read.DATABASE_URL === undefined)
    refuse('DATABASE_URL', 'it is required with DATABASE_DIRECT_URL.');
  if (read.JWT_SECRET === undefined && (production || read.DATABASE_URL !== undefined)) {
    const where = production ? 'in production' : 'with DATABASE_URL, so that all nodes have the same one';
    refuse('JWT_SECRET', `it is required ${where}. It must be ${allowed('JWT_SECRET')}.`);
  }
  for (const name of ['JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'DATA_KEY', 'DATA_KEY_PREVIOUS'] as const) {
    if (production && read[name] !== undefined && isWeakSecret(read[name]))
      refuse(
        name,
        'it is too easy to guess for production. It must be random, such as `openssl rand -base64 48` makes.',
      );
  }
  for (const name of ['JWT_SECRET', 'DATA_KEY'] as const) {
    if (production && read[name] !== undefined && read[name] === read[`${name}_PREVIOUS`])
      refuse(
        `${name}_PREVIOUS`,
        `it must be another secret than ${name}, or not be set: with the same one nothing changes.`,
      );
  }
  if (production && read.DATA_KEY_PREVIOUS !== undefined && read.DATA_KEY === undefined)
    refuse('DATA_KEY', 'it is required with DATA_KEY_PREVIOUS.');
  for (const name of ['REQUIRE_VERIFIED_EMAIL', 'EMAIL_CODE_LOGIN'] as const)
    if (production && read[name] && read.SMTP_URL === undefined)
      refuse('SMTP_URL', `it is required in production with ${name}. It must be ${allowed('SMTP_URL')}.`);
  if (isSamePort(read))
    refuse('METRICS_PORT', 'it is the same as PORT. Set another METRICS_PORT, or another METRICS_HOST.');
  return mistakes;
}

/** One line for each variable, whatever is wrong with it. */
function describe(error: z.ZodError): OperatorError {
  const names = new Set(error.issues.map((issue) => String(issue.path[0]) as SettingName));
  const [first, ...more] = [...names].map((name) => new OperatorError(name, `it must be ${allowed(name)}.`));
  if (first === undefined) throw error;
  return OperatorError.of([first, ...more]);
}

/** What a setting may be, in words. */
function allowed(name: SettingName): string {
  return String(settings[name].meta()?.['allowed']);
}
