// `npm run admin`: acts on one account or on all, and on the services that ask this one, in the database of the running
// nodes. Devices are notified as of any other end of their session.

import '../common/checkNode.js';

import {
  type AccountReport,
  disableAccount,
  enableAccount,
  endSessionsOf,
  resetFactorsOf,
  type OperatorServices,
  type SeveralAccounts,
  showAccount,
} from '../auth/admin.js';
import { endEverySessionOfAll } from '../auth/afterRestore.js';
import { type NoticeServices } from '../auth/services.js';
import { createBackground } from '../common/backgroundTasks.js';
import { OperatorError } from '../common/errors.js';
import { readProcessConfig } from '../config/index.js';
import { type Database } from '../db/database.js';
import { createLog } from '../observability/log.js';
import { noMetrics } from '../observability/metrics.js';
import { noRateLimits } from '../rateLimit/rateLimits.js';
import { createEndEvents } from '../sessions/endEvents.js';
import { createSigningKeys } from '../tickets/signingKeys.js';
import { dataKeysOf } from '../tokens/keyring.js';
import { type Arguments, noCommand, runCommand, UsageError, withDatabase } from './command.js';
import { asJson, asText, factorsText } from './format.js';
import { administerKeys, type KeysRequest, keysUsage, readKeysRequest } from './keys.js';
import { administerService, readServiceRequest, type ServiceRequest, serviceUsage } from './service.js';

const acts = {
  show: showAccount,
  disable: disableAccount,
  enable: enableAccount,
  'end-sessions': endSessionsOf,
  factors: showAccount,
  'reset-factors': resetFactorsOf,
} as const satisfies Record<
  string,
  (
    services: OperatorServices & NoticeServices,
    name: string,
  ) => Promise<AccountReport | SeveralAccounts | null>
>;

const usage = `Usage: npm run admin -- disable|enable|end-sessions|factors|reset-factors|show ACCOUNT [--json]
       npm run admin -- end-all-sessions [--json]
${serviceUsage.lines}
${keysUsage.lines}

ACCOUNT is an email, an email that the account had earlier, or the account's id.

  show              prints the account and its live sessions
  disable           ends every session as ACCOUNT_DISABLED, voids every link, and refuses sign-ins
  enable            lets the user sign in again
  end-sessions      ends every session as REVOKED and voids every link
  factors           prints the second factors of the account, its recovery codes that are left, and its passkeys
  reset-factors     removes the second factors, leaves the passkeys, ends every session as REVOKED, voids every link,
                    and notifies the owner
  end-all-sessions  does what end-sessions does, for all accounts: use it after a backup has been restored

${serviceUsage.acts}

${keysUsage.acts}

--json prints one line of JSON for scripts. Write npm run --silent then: npm prints a heading of its own otherwise.
The commands read the settings of the server. Stop the server first if its database is the embedded one.
Exit codes: 0 success, 1 failure, 2 usage error.`;

interface AccountRequest {
  readonly act: keyof typeof acts | 'end-all-sessions';
  /** Which account; empty for all. */
  readonly account: string;
  readonly json: boolean;
}

type Request = AccountRequest | ServiceRequest | KeysRequest;

await runCommand({
  usage,
  flags: ['json', 'now'],
  options: ['scopes'],
  read: readRequest,
  run: administer,
});

function readRequest(args: Arguments<'json' | 'now', 'scopes'>): Request | UsageError | null {
  const { flags, options, positionals } = args;
  if (positionals[0] === 'service') return readServiceRequest(args);
  if (positionals[0] === 'keys') return readKeysRequest(args);
  const [act, account = '', ...more] = positionals;
  const json = flags.has('json');
  if (act === undefined) return null;
  if (act !== 'end-all-sessions' && !isAct(act)) return noCommand;
  if (flags.has('now') || options.size > 0) return new UsageError('This command has the flag --json only.');
  if (act === 'end-all-sessions')
    return account === ''
      ? { act, account, json }
      : new UsageError('This command is for all accounts: name none.');
  if (account === '') return new UsageError('ACCOUNT is missing.');
  return more.length > 0 ? new UsageError('Name one ACCOUNT.') : { act, account, json };
}

function isAct(name: string): name is keyof typeof acts {
  return Object.hasOwn(acts, name);
}

async function administer(request: Request): Promise<string> {
  process.umask(0o077);
  const config = readProcessConfig();
  for (const warning of config.warnings) process.stderr.write(`${warning}\n`);
  const background = createBackground(createLog('silent', false));
  const inDatabase = async (database: Database) => {
    await database.migrate();
    const services = {
      database,
      clock: database.clock,
      policy: config.session,
      endEvents: createEndEvents({ database, background, metrics: noMetrics }),
      rateLimits: noRateLimits,
      linkTtlSeconds: config.auth.linkTtlSeconds,
      // A node sends what is enqueued, where it can send mail at all.
      mail:
        config.mail.smtpUrl === null && config.environment === 'production'
          ? null
          : { wake: () => undefined },
    };
    if (request.act === 'service') return administerService(services, request);
    if (request.act === 'keys') {
      const sealingKeys = dataKeysOf(config);
      if (sealingKeys === null) throw new OperatorError('DATA_KEY', 'it is required to make keys.');
      const log = createLog('error', false);
      return administerKeys(createSigningKeys({ ...services, sealingKeys, log }), request);
    }
    const { act, account, json } = request;
    if (act === 'end-all-sessions') {
      const ended = await endEverySessionOfAll(services);
      if (json) return JSON.stringify({ endedSessions: ended.sessions, voidedLinks: ended.links });
      return `Ended ${String(ended.sessions)} sessions, and voided ${String(ended.links)} links.`;
    }
    const report = await acts[act](services, account);
    if (report === null) throw new OperatorError('ACCOUNT', 'no account has this email or id.');
    if ('kind' in report) {
      throw new OperatorError(
        'ACCOUNT',
        `several accounts had this email earlier. Name one of them by its id:\n${report.ids.join('\n')}`,
      );
    }
    if (json) return asJson(report);
    return act === 'factors' ? factorsText(report) : asText(report);
  };
  // A process that ends before its notifications are sent leaves devices to the nodes' sweep.
  return withDatabase(config.database, inDatabase, () => background.drained());
}
