// The one reader of the environment. Each room's settings have their names, units, defaults and bounds in a file of their own.

import { z } from 'zod';

import { OperatorError } from '../common/errors.js';
import { databaseConfig, databaseMistakes, databaseSettings } from './database.js';
import { readEnvFile, unknownNames } from './envFile.js';
import { graphqlConfig, graphqlSettings } from './graphql.js';
import { httpConfig, httpMistakes, httpSettings } from './http.js';
import { integrationConfig, integrationSettings } from './integrations.js';
import { mailConfig, mailMistakes, mailSettings } from './mail.js';
import { passkeyConfig, passkeySettings } from './passkeys.js';
import { passwordConfig, passwordSettings } from './passwords.js';
import { ownProviderSettings, providerConfig, providerSettings } from './providers.js';
import { rateLimitConfig, rateLimitSettings } from './rateLimits.js';
import { sessionConfig, sessionSettings } from './session.js';
import { tokenConfig, tokenMistakes, tokenSettings } from './tokens.js';
import { oneOf } from './values.js';

export type Config = ReturnType<typeof readConfig>;

/** In the order in which mistakes are listed. */
const settings = {
  NODE_ENV: oneOf(['development', 'test', 'production'], 'development'),
  ...databaseSettings,
  ...tokenSettings,
  ...sessionSettings,
  ...passwordSettings,
  ...httpSettings,
  ...mailSettings,
  ...rateLimitSettings,
  ...graphqlSettings,
  ...passkeySettings,
  ...integrationSettings,
  ...providerSettings,
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
};

export type SettingName = keyof typeof settings;

/** The environment with the variables of the file `.env`, and advice to the operator about that file. */
export interface Environment {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly warnings: readonly string[];
}

/**
 * Reads the process's environment, and adds the variables of a file `.env` in the working folder. Variables that are set already
 * win over the file.
 *
 * @throws {@link OperatorError} when there is an `.env` that cannot be read
 */
export function readEnvironment(): Environment {
  const { values, warnings } = readEnvFile('.env');
  for (const [name, value] of Object.entries(values)) process.env[name] ??= value;
  return { values: process.env, warnings };
}

/**
 * Reads the settings of this process: {@link readConfig} of {@link readEnvironment}.
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

  const production = read.NODE_ENV === 'production';
  const isServer = read.DATABASE_URL !== undefined;

  // Mistakes of settings that are allowed by themselves.
  const [mistake, ...more] = [
    ...databaseMistakes(read),
    ...tokenMistakes(read, production, isServer),
    ...mailMistakes(read, production),
    ...httpMistakes(read),
  ];
  if (mistake !== undefined) throw OperatorError.of([mistake, ...more]);

  return {
    environment: read.NODE_ENV,
    log: { level: read.LOG_LEVEL },
    ...databaseConfig(read),
    ...tokenConfig(read),
    ...sessionConfig(read),
    ...passwordConfig(read),
    ...mailConfig(read, production),
    ...rateLimitConfig(read),
    ...graphqlConfig(read, production),
    ...httpConfig(read, production),
    ...passkeyConfig(read, read.NODE_ENV === 'development'),
    // Only the embedded database in development makes a data key by itself.
    ...integrationConfig(read, read.DATA_KEY !== undefined || (!production && !isServer)),
    /** A team's own settings, in a clone. */
    team: Object.fromEntries(
      Object.entries(environment).filter(
        (entry): entry is [string, string] => entry[0].startsWith('TEAM_') && entry[1] !== undefined,
      ),
    ),
    ...providerConfig(read, environment, { production, publicUrl: read.PUBLIC_URL ?? null }),
    /** Advice to the operator about settings that are allowed. */
    warnings: unknownNames(environment, [
      ...Object.keys(settings),
      ...read.PROVIDERS.flatMap(ownProviderSettings).map(([, name]) => name),
    ]),
    /** Whether npm is the parent of this process: npm ends without passing signals on. */
    startedByNpm: environment['npm_lifecycle_event'] !== undefined,
  } as const;
}

/** Makes the error with one line for each variable that is not allowed. */
function describe(error: z.ZodError): OperatorError {
  const names = new Set(error.issues.map((issue) => String(issue.path[0]) as SettingName));
  const [first, ...more] = [...names].map((name) => new OperatorError(name, `it must be ${allowed(name)}.`));
  if (first === undefined) throw error;
  return OperatorError.of([first, ...more]);
}

/** Describes the values that a setting may have. */
function allowed(name: SettingName): string {
  return String(settings[name].meta()?.['allowed']);
}
