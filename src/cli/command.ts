// The parts that the commands of operators share: arguments, exit codes, and the database beside running nodes.

import { type Config } from '../config/index.js';
import { failureText } from '../common/errors.js';
import { type Database } from '../db/database.js';
import { DatabaseUnavailable, explainUnreachable } from '../db/errors.js';
import { openDatabase } from '../db/open.js';
import { createLog } from '../observability/log.js';

export interface Arguments<Flag extends string, Option extends string = never> {
  readonly flags: ReadonlySet<Flag>;
  /** The options with a value. */
  readonly options: ReadonlyMap<Option, string>;
  readonly positionals: readonly string[];
}

export interface Command<Flag extends string, Request, Option extends string = never> {
  readonly usage: string;
  /** The names of the flags, without hyphens. */
  readonly flags: readonly Flag[];
  /** The names of the options that take a value. */
  readonly options?: readonly Option[];
  /** Reads the arguments; null for a usage error, or the error where it can name what is wrong. */
  readonly read: (args: Arguments<Flag, Option>) => Request | UsageError | null;
  /** Runs the command, and gives the text to print. */
  readonly run: (request: Request) => Promise<string>;
}

/** Says which argument is wrong. */
export class UsageError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export const noCommand = new UsageError('There is no such command.');

/** Runs a command of the process's arguments. Exit codes: 0 success, 1 failure, 2 usage error. */
export async function runCommand<const Flag extends string, Request, const Option extends string = never>(
  command: Command<Flag, Request, Option>,
): Promise<void> {
  const parsed = parseArguments(process.argv.slice(2), command.flags, command.options);
  if (parsed.kind === 'help') {
    process.stdout.write(`${command.usage}\n`);
    return;
  }
  const request = parsed.kind === 'parsed' ? command.read(parsed) : new UsageError(parsed.message);
  if (request === null || request instanceof UsageError) {
    const why = request instanceof UsageError ? `\n${request.message}\n` : '';
    process.stderr.write(`${command.usage}\n${why}`);
    process.exitCode = 2;
    return;
  }
  try {
    const text = await command.run(request);
    if (text !== '') process.stdout.write(`${text}\n`);
  } catch (error) {
    process.stderr.write(`${failureText(error)}\n`);
    process.exitCode = 1;
  }
}

export type ParsedArguments<Flag extends string, Option extends string = never> =
  | { readonly kind: 'help' }
  /** A flag that does not exist, or an option without its value. */
  | { readonly kind: 'wrongFlag'; readonly message: string }
  | (Arguments<Flag, Option> & { readonly kind: 'parsed' });

/**
 * Reads flags such as `--json`, and options such as `--scopes feed`, anywhere among the arguments. An email may begin with a
 * hyphen: an argument with an `@` is never a flag, and none after `--` is. `--help`, `-h`, and `help` in the first place ask
 * for help.
 */
export function parseArguments<const Flag extends string, const Option extends string = never>(
  args: readonly string[],
  names: readonly Flag[],
  optionNames: readonly Option[] = [],
): ParsedArguments<Flag, Option> {
  const end = args.indexOf('--');
  const before = end === -1 ? args : args.slice(0, end);
  const rest = end === -1 ? [] : args.slice(end + 1);
  if (before[0] === 'help' || before.includes('--help') || before.includes('-h')) return { kind: 'help' };

  const flags = new Set<Flag>();
  const options = new Map<Option, string>();
  const positionals: string[] = [];
  for (let at = 0; at < before.length; at += 1) {
    const arg = before[at] ?? '';
    const flag = names.find((name) => arg === `--${name}`);
    const option = optionNames.find((name) => arg === `--${name}`);
    if (flag !== undefined) flags.add(flag);
    else if (option !== undefined) {
      at += 1;
      const value = before[at];
      if (value === undefined || value.startsWith('-'))
        return { kind: 'wrongFlag', message: `--${option} needs a value.` };
      options.set(option, value);
    } else if (arg.startsWith('-') && !arg.includes('@'))
      return { kind: 'wrongFlag', message: `There is no flag ${nameOf(arg)}.` };
    else positionals.push(arg);
  }
  return { kind: 'parsed', flags, options, positionals: [...positionals, ...rest] };
}

/** Returns the name of a flag alone: the text behind it may be a secret. */
function nameOf(flag: string): string {
  return /^--?[a-z-]{0,32}/i.exec(flag)?.[0] ?? '';
}

/**
 * Works on the database of the nodes with one connection, and closes it.
 *
 * @param settled resolves when the background tasks of the work have ended
 * @throws OperatorError when the database cannot be reached or used
 */
export async function withDatabase<T>(
  settings: Config['database'],
  work: (database: Database) => Promise<T>,
  settled: () => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  const database = await openDatabase({ ...settings, poolSize: 1 }, createLog('silent', false));
  try {
    return await work(database);
  } catch (error) {
    throw error instanceof DatabaseUnavailable ? explainUnreachable(error, database.description) : error;
  } finally {
    await settled();
    await database.close();
  }
}
