// `npm run admin -- keys …`: the keys that sign tickets.

import { OperatorError } from '../common/errors.js';
import { type KeyReport, type SigningKeys } from '../tickets/signingKeys.js';
import { type Arguments, noCommand, UsageError } from './command.js';

export const keysUsage = {
  lines: `       npm run admin -- keys list|rotate [--json]
       npm run admin -- keys revoke KID [--json]`,
  acts: `KID is the id of a key that signs tickets.

  keys list         prints the keys
  keys rotate       makes the next key: the server publishes it now and signs with it in 20 minutes
  keys revoke       is for a key that has leaked: the server no longer publishes it, and the next key signs at once`,
} as const;

const verbs = ['list', 'rotate', 'revoke'] as const;

export interface KeysRequest {
  readonly act: 'keys';
  readonly verb: (typeof verbs)[number];
  /** Empty but for `revoke`. */
  readonly kid: string;
  readonly json: boolean;
}

export function readKeysRequest({
  flags,
  options,
  positionals,
}: Arguments<'json' | 'now', 'scopes'>): KeysRequest | UsageError {
  const [, verbName, kid = '', ...more] = positionals;
  const verb = verbs.find((known) => known === verbName);
  if (verb === undefined) return noCommand;
  if (verb === 'revoke' && kid === '') return new UsageError('KID is missing.');
  if (more.length > 0 || (verb !== 'revoke' && kid !== ''))
    return new UsageError(verb === 'revoke' ? 'Name one KID.' : 'Only keys revoke takes a KID.');
  if (flags.has('now') || options.size > 0) return new UsageError('This command has the flag --json only.');
  return { act: 'keys', verb, kid, json: flags.has('json') };
}

/** Runs the request, and gives the text to print. */
export async function administerKeys(keys: SigningKeys, { verb, kid, json }: KeysRequest): Promise<string> {
  const reports = await (verb === 'revoke' ? keys.revoke(kid) : keys[verb]());
  if (reports === null) throw new OperatorError('KID', 'there is no key of this id.');
  return json ? JSON.stringify({ keys: reports }) : reports.map(asText).join('\n');
}

function asText({ kid, state, signsFrom }: KeyReport): string {
  return `${kid}  ${state.padEnd(8)} from ${signsFrom.toISOString()}`;
}
