// An operator disables an account or ends its sessions: links that were mailed before do nothing any more.

import { describe, expect, it } from 'vitest';

import {
  type AccountReport,
  disableAccount,
  enableAccount,
  endSessionsOf,
  showAccount,
} from '../../src/auth/admin.js';
import { linkIn, registerVerified, run } from '../support/account.js';
import { databaseKind } from '../support/database.js';
import { randomEmail, register } from '../support/operations.js';
import { openOperator } from '../support/operator.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

describe.runIf(databaseKind === 'postgres')('FREEZE-01 an account that an operator secures', async () => {
  if (databaseKind !== 'postgres') return;
  const smtp = await startSmtp();
  const { url, database } = await startNode({ env: { SMTP_URL: smtp.url } });
  const operator = await openOperator(database);

  const next = 'another horse battery staple';
  const rejected = { __typename: 'LinkRejected', reason: 'EXPIRED' };

  /** Creates an account whose e-mail was changed, with an unused link of each kind. */
  const withLinks = async () => {
    const owner = await registerVerified(url, smtp);
    const first = owner.user.email;
    const second = randomEmail();
    const third = randomEmail();
    await run(url, 'requestEmailChange', { newEmail: second }, owner.token);
    await run(url, 'confirmEmailChange', { token: linkIn(await smtp.next(second)).token });
    const undo = linkIn(await smtp.next(first, /was changed/)).token;
    await run(url, 'requestPasswordReset', { email: second });
    const reset = linkIn(await smtp.next(second)).token;
    await run(url, 'requestEmailChange', { newEmail: third }, owner.token);
    const change = linkIn(await smtp.next(third)).token;
    return { id: owner.user.id, first, second, third, undo, reset, change };
  };
  const useAll = async ({ undo, reset, change }: Awaited<ReturnType<typeof withLinks>>) => [
    await run(url, 'confirmEmailChange', { token: change }),
    await run(url, 'resetPassword', { token: reset, newPassword: next }),
    await run(url, 'resetPassword', { token: undo, newPassword: next }),
  ];
  const expectEmail = async (name: string, email: string) => {
    expect(await showAccount(operator, name)).toMatchObject({ user: { email } });
  };

  it('MUST refuse its earlier links after `disable`, and still after `enable`', async () => {
    const account = await withLinks();
    await disableAccount(operator, account.second);
    expect(await useAll(account)).toMatchObject([rejected, rejected, rejected]);
    await enableAccount(operator, account.second);
    expect(await useAll(account)).toMatchObject([rejected, rejected, rejected]);
    await expectEmail(account.id, account.second);
  });

  it('MUST refuse its earlier links after `end-sessions`', async () => {
    const account = await withLinks();
    await endSessionsOf(operator, account.second);
    expect(await useAll(account)).toMatchObject([rejected, rejected, rejected]);
    await expectEmail(account.second, account.second);
  });

  it('MUST refuse every link while it is disabled, also one that nothing has voided', async () => {
    const account = await withLinks();
    const set = (disabledAt: string) =>
      rowsOf(database, `update hufu.users set disabled_at = ${disabledAt} where id = '${account.id}'`);
    await set('now()');
    expect(await useAll(account)).toMatchObject([rejected, rejected, rejected]);
    await set('null');
    expect(await run(url, 'confirmEmailChange', { token: account.change })).toMatchObject({
      __typename: 'ConfirmEmailChangeSuccess',
    });
  });

  it('MUST NOT be mailed a link while it is disabled', async () => {
    const { user } = await register(url);
    await disableAccount(operator, user.email);
    await run(url, 'requestPasswordReset', { email: user.email });
    // This mail is queued behind the first one.
    const { user: other } = await register(url);
    await run(url, 'requestPasswordReset', { email: other.email });
    await smtp.next(other.email);
    expect(await smtp.all(user.email)).toEqual([]);
  });

  it('MUST be found by its id, and by its earlier e-mails while no other account has them', async () => {
    const account = await withLinks();
    await expectEmail(account.id.toUpperCase(), account.second);
    await expectEmail(account.first, account.second);
    expect(await disableAccount(operator, account.first)).toMatchObject({ user: { id: account.id } });

    const newcomer = await register(url, { email: account.first });
    const shown = (await showAccount(operator, account.first)) as AccountReport;
    expect([shown.user.id, shown.earlierOwners]).toEqual([newcomer.user.id, [account.id]]);
    await run(url, 'deleteAccount', null, newcomer.token);
    await expectEmail(account.first, account.second);
    expect(await showAccount(operator, newcomer.user.id)).toBeNull();
  });

  it('MUST be named by its id where several accounts had the e-mail earlier', async () => {
    const shared = randomEmail();
    const ids: string[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const owner = await register(url, { email: shared });
      const elsewhere = randomEmail();
      await run(url, 'requestEmailChange', { newEmail: elsewhere }, owner.token);
      await run(url, 'confirmEmailChange', { token: linkIn(await smtp.next(elsewhere)).token });
      ids.unshift(owner.user.id);
    }
    expect(await disableAccount(operator, shared)).toEqual({ kind: 'several', ids });
  });
});
