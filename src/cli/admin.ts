// `npm run admin -- disable|enable|end-sessions|show ACCOUNT [--json]` acts on one account, and `end-all-sessions` on all,
// in the same database as the nodes. Devices are told as of any other end.

import '../common/checkNode.js';

import {
  type AccountReport,
  disableAccount,
  enableAccount,
  endSessionsOf,
  type OperatorServices,
  type SeveralAccounts,
  showAccount,
  endEverySessionOfAll,
} from '../auth/admin.js';
import { createBackground } from '../common/backgroundTasks.js';
import { OperatorError } from '../common/errors.js';
import { ConfigError, readProcessConfig } from '../config/index.js';
import { causeWithCode, DatabaseUnavailable } from '../db/errors.js';
import { openDatabase } from '../db/open.js';
import { DataDirInUse } from '../db/pglite/dataDirLock.js';
import { DataDirUnusable } from '../db/pglite/dataDirUnusable.js';
import { createLog } from '../observability/log.js';
import { noMetrics } from '../observability/metrics.js';
import { createEndEvents } from '../sessions/endEvents.js';
import { parseArguments } from './arguments.js';
import { asJson, asText } from './format.js';

const acts = {
  show: showAccount,
  disable: disableAccount,
  enable: enableAccount,
  'end-sessions': endSessionsOf,
} as const satisfies Record<
  string,
  (services: OperatorServices, name: string) => Promise<AccountReport | SeveralAccounts | null>
>;

const usage = `Usage: npm run admin -- disable|enable|end-sessions|show ACCOUNT [--json]
       npm run admin -- end-all-sessions [--json]

ACCOUNT is an email, one that the account had earlier, or the account's id.

  show          what the account is, and its live sessions
  disable       nobody can sign in any more; every live session ends as ACCOUNT_DISABLED, every link is void
  enable        the user can sign in again
  end-sessions  every live session ends as REVOKED, every link is void
  end-all-sessions  the same for all accounts, after a backup has been restored

With --json, one line for scripts (add --silent after npm run, which prints a heading of its own).
The settings are the server's. An embedded database must not be open in another process.`;

/** What an operator can mend, in words. */
class Mistake extends Error {
  override readonly name = 'Mistake';
}

interface Wanted {
  readonly act: keyof typeof acts | 'end-all-sessions';
  /** Which account; empty for all. */
  readonly name: string;
  readonly json: boolean;
}

/** `help`, or null when the arguments are not to be understood. */
function readArguments(args: readonly string[]): Wanted | 'help' | null {
  const parsed = parseArguments(args, ['json']);
  if (parsed.kind === 'help') return 'help';
  if (parsed.kind === 'unknownOption') return null;
  const [act = '', name = '', ...more] = parsed.positionals;
  const json = parsed.flags.has('json');
  if (act === 'end-all-sessions') return name === '' ? { act, name, json } : null;
  if (!isAct(act) || name === '' || more.length > 0) return null;
  return { act, name, json };
}

function isAct(name: string): name is keyof typeof acts {
  return Object.hasOwn(acts, name);
}

async function run({ act, name, json }: Wanted): Promise<string> {
  process.umask(0o077);
  const config = readProcessConfig();
  for (const warning of config.warnings) process.stderr.write(`${warning}\n`);
  const log = createLog('silent', false);
  const database = await openDatabase({ ...config.database, poolSize: 1 }, log);
  const background = createBackground(log);
  try {
    await database.migrate();
    const services = {
      database,
      clock: database.clock,
      policy: config.session,
      endEvents: createEndEvents({ database, background, metrics: noMetrics }),
    };
    if (act === 'end-all-sessions') {
      const ended = await endEverySessionOfAll(services);
      if (json) return JSON.stringify({ endedSessions: ended.sessions, voidedLinks: ended.links });
      return `Ended ${String(ended.sessions)} sessions, and voided ${String(ended.links)} links.`;
    }
    const report = await acts[act](services, name);
    if (report === null) throw new Mistake('No account has this email or id.');
    if ('kind' in report) {
      throw new Mistake(
        `Several accounts had this email earlier. Name one of them by its id:\n${report.ids.join('\n')}`,
      );
    }
    return json ? asJson(report) : asText(report);
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    const { code, message } = causeWithCode(error) ?? { code: 'no answer', message: error.message };
    throw new Mistake(
      `DATABASE_URL: ${database.description} cannot be reached (${code}): ${message.split('\n', 1)[0] ?? ''}`,
    );
  } finally {
    // The news is on its way: a process that ends before it is sent leaves devices to the nodes' sweep.
    await background.drained();
    await database.close();
  }
}

const wanted = readArguments(process.argv.slice(2));
if (wanted === 'help') {
  process.stdout.write(`${usage}\n`);
} else if (wanted === null) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else {
  try {
    process.stdout.write(`${await run(wanted)}\n`);
  } catch (error) {
    const mistakes = [Mistake, ConfigError, OperatorError, DataDirInUse, DataDirUnusable];
    const expected = error instanceof Error && mistakes.some((mistake) => error instanceof mistake);
    const text = expected ? error.message : String(error instanceof Error ? error.stack : error);
    process.stderr.write(`${text}\n`);
    process.exitCode = 1;
  }
}
