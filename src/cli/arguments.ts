// The arguments of a command. An email may begin with a hyphen, so only what is an option's name is one.

export type Arguments<Name extends string> =
  | { readonly kind: 'help' }
  /** An option that does not exist; its text is not repeated. */
  | { readonly kind: 'unknownOption' }
  | {
      readonly kind: 'parsed';
      readonly flags: ReadonlySet<Name>;
      readonly positionals: readonly string[];
    };

/**
 * Reads flags such as `--json` anywhere among the arguments. What begins with a hyphen and has an `@` is an email;
 * after `--` nothing is an option. `--help`, `-h`, and `help` in the first place ask for help.
 */
export function parseArguments<const Name extends string>(
  args: readonly string[],
  names: readonly Name[],
): Arguments<Name> {
  const end = args.indexOf('--');
  const before = end === -1 ? args : args.slice(0, end);
  const rest = end === -1 ? [] : args.slice(end + 1);
  if (before[0] === 'help' || before.includes('--help') || before.includes('-h')) return { kind: 'help' };

  const flags = new Set<Name>();
  const positionals: string[] = [];
  for (const arg of before) {
    const flag = names.find((name) => arg === `--${name}`);
    if (flag !== undefined) flags.add(flag);
    else if (arg.startsWith('-') && !arg.includes('@')) return { kind: 'unknownOption' };
    else positionals.push(arg);
  }
  return { kind: 'parsed', flags, positionals: [...positionals, ...rest] };
}
