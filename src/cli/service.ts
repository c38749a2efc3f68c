// `npm run admin -- service …`: the accounts of the servers that ask this one.

import { OperatorError } from '../common/errors.js';
import { serviceScopes } from '../db/schema/index.js';
import {
  createServiceAccount,
  isServiceName,
  listServiceAccounts,
  rotateServiceKey,
  type ServiceAccount,
  type ServiceAccountServices,
  setServiceDisabled,
} from '../integrations/serviceAccounts.js';
import { type ServiceScope } from '../integrations/serviceKeys.js';
import { type Arguments, noCommand, UsageError } from './command.js';

const scopeNames = serviceScopes.join(',');

export const serviceUsage = {
  lines: `       npm run admin -- service create NAME --scopes SCOPES [--json]
       npm run admin -- service rotate NAME [--now] [--json]
       npm run admin -- service disable|enable NAME [--json]
       npm run admin -- service list [--json]`,
  acts: `A service is another server that asks this one. NAME has lower-case letters, digits and hyphens.
SCOPES are one or more of ${scopeNames}.

  service create    makes a service account and prints its key, which is shown once
  service rotate    prints another key; the earlier keys work for 24 hours more, with --now no longer
  service disable   refuses the keys of the service
  service enable    accepts them again
  service list      prints all service accounts`,
} as const;

const verbs = ['create', 'rotate', 'disable', 'enable', 'list'] as const;

export interface ServiceRequest {
  readonly act: 'service';
  readonly verb: (typeof verbs)[number];
  /** Empty for `list`. */
  readonly name: string;
  /** Empty but for `create`. */
  readonly scopes: readonly ServiceScope[];
  readonly atOnce: boolean;
  readonly json: boolean;
}

export function readServiceRequest({
  flags,
  options,
  positionals,
}: Arguments<'json' | 'now', 'scopes'>): ServiceRequest | UsageError {
  const [, verbName, name = '', ...more] = positionals;
  const verb = verbs.find((known) => known === verbName);
  const scopes = readScopes(options.get('scopes'));
  if (verb === undefined) return noCommand;
  if (verb !== 'list' && name === '') return new UsageError('NAME is missing.');
  if (more.length > 0 || (verb === 'list' && name !== ''))
    return new UsageError(
      verb === 'list' ? 'This command is for all services: name none.' : 'Name one NAME.',
    );
  if (scopes === null) return new UsageError(`SCOPES are one or more of ${scopeNames}, separated by commas.`);
  if (verb === 'create' && scopes.length === 0) return new UsageError('--scopes is missing.');
  if (verb !== 'create' && options.has('scopes'))
    return new UsageError('Only service create takes --scopes.');
  if (flags.has('now') && verb !== 'rotate') return new UsageError('Only service rotate takes --now.');
  return { act: 'service', verb, name, scopes, atOnce: flags.has('now'), json: flags.has('json') };
}

/** Reads scopes; null where a name is no scope, empty where there are none. */
function readScopes(text = ''): readonly ServiceScope[] | null {
  const names = text.split(',').filter((part) => part !== '');
  const scopes = names.map((name) => serviceScopes.find((scope) => scope === name));
  return scopes.includes(undefined) ? null : scopes.filter((scope) => scope !== undefined);
}

/** Runs the request, and gives the text to print. */
export async function administerService(
  services: ServiceAccountServices,
  { verb, name, scopes, atOnce, json }: ServiceRequest,
): Promise<string> {
  if (verb === 'list') {
    const accounts = await listServiceAccounts(services);
    return json ? JSON.stringify({ services: accounts }) : accounts.map(asText).join('\n');
  }
  if (verb === 'create') {
    if (!isServiceName(name))
      throw new OperatorError('NAME', 'it must begin with a letter and have at most 63 of a-z, 0-9 and -.');
    const created = await createServiceAccount(services, name, scopes);
    if (created.kind === 'taken') throw new OperatorError('NAME', 'there is a service of this name already.');
    return keyShown({ service: name, key: created.key }, 'Keep the key now: it is not shown again.', json);
  }
  if (verb === 'rotate') {
    const rotated = await rotateServiceKey(services, name, atOnce);
    if (rotated === null) throw noService();
    const until = rotated.othersUntil.toISOString();
    const others = atOnce ? 'The earlier keys are refused.' : `The earlier keys work until ${until}.`;
    return keyShown(
      { service: name, key: rotated.key, earlierKeysUntil: until },
      `Keep the key now: it is not shown again. ${others}`,
      json,
    );
  }
  const isDisabled = verb === 'disable';
  if ((await setServiceDisabled(services, name, isDisabled)) === null) throw noService();
  if (json) return JSON.stringify({ service: name, disabled: isDisabled });
  return `The keys of ${name} are ${isDisabled ? 'refused' : 'accepted'}.`;
}

function noService(): OperatorError {
  return new OperatorError('NAME', 'there is no service of this name.');
}

function keyShown(
  shown: { readonly service: string; readonly key: string; readonly earlierKeysUntil?: string },
  advice: string,
  json: boolean,
): string {
  return json ? JSON.stringify(shown) : `${shown.key}\n${advice}`;
}

function asText({ name, scopes, createdAt, disabledAt, lastUsedAt, keys }: ServiceAccount): string {
  const field = (label: string, value: string) => `  ${label.padEnd(10)}${value}`;
  return [
    name,
    field('state', disabledAt === null ? 'active' : `disabled since ${disabledAt.toISOString()}`),
    field('scopes', scopes.join(',')),
    field('created', createdAt.toISOString()),
    field('last used', lastUsedAt?.toISOString() ?? 'never'),
    ...keys.map(({ id, createdAt: made, expiresAt }) => {
      const end = expiresAt === null ? '' : `, until ${expiresAt.toISOString()}`;
      return field('key', `${id}, made ${made.toISOString()}${end}`);
    }),
  ].join('\n');
}
