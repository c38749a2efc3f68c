// Races between requests that use emailed links, on two nodes over one PostgreSQL server: a link works once, and a thief's
// parallel request does not restore what the owner undoes by a link.

import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';

import { linkIn, registerVerified, run } from '../support/account.js';
import { createPasskey } from '../support/authenticator.js';
import { databaseKind } from '../support/database.js';
import { runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { login, password, randomEmail, register, loginResult } from '../support/operations.js';
import {
  addPasskey,
  completeRegistration,
  origin,
  passkeySettings,
  startRegistration,
} from '../support/passkeys.js';
import { startSmtp } from '../support/smtpServer.js';
import { startTwoNodes, countByName, inParallel } from '../support/twoNodes.js';

describe.runIf(databaseKind === 'postgres')('races of emailed links', async () => {
  if (databaseKind !== 'postgres') return;
  const smtp = await startSmtp();
  const nodes = await startTwoNodes({ env: { ...passkeySettings, SMTP_URL: smtp.url, SESSION_LIMIT: '0' } });
  const { urlOf, countOf, actsOf, liveOf, reasonOf } = nodes;
  const url = urlOf(0);
  const rounds = 4;
  const many = 8;
  const newPassword = 'a lantern over the quiet river';

  const namesOf = (results: readonly { readonly __typename: string; readonly reason?: string }[]) =>
    countByName(results.map(({ __typename, reason }) => reason ?? __typename));
  /** Requests an e-mail change, and returns the token of its link. */
  const askForChange = async (token: string, newEmail: string) => {
    await run(url, 'requestEmailChange', { newEmail }, token);
    return linkIn(await smtp.next(newEmail, /Confirm/)).token;
  };
  const reset = (index: number, token: string, secret = newPassword) =>
    run(urlOf(index), 'resetPassword', { token, newPassword: secret });

  it('LINK-01 parallel uses of one e-mail change link MUST change the e-mail once', async () => {
    const { user, token } = await registerVerified(url, smtp);
    const newEmail = randomEmail();
    const link = await askForChange(token, newEmail);
    const results = await inParallel(many, (index) =>
      run(urlOf(index), 'confirmEmailChange', { token: link }),
    );
    expect(namesOf(results)).toEqual({ ConfirmEmailChangeSuccess: 1, USED: many - 1 });
    expect(await actsOf(user.id, 'CONFIRM_EMAIL_CHANGE')).toBe(1);
    expect(await countOf(`past_emails where user_id = '${user.id}'`)).toBe(1);
  });

  it(
    'LINK-02 an owner who takes the e-mail back while a thief changes it again MUST have it in the end',
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const { user, token } = await registerVerified(url, smtp);
        const { token: ofThief } = await login(urlOf(1), user.email);
        const [second, third] = [randomEmail(), randomEmail()];
        await run(url, 'confirmEmailChange', { token: await askForChange(ofThief, second) });
        const undo = linkIn(await smtp.next(user.email, /e-mail .* was changed/)).token;
        const again = await askForChange(ofThief, third);
        const [restored, changed] = await Promise.all([
          reset(round, undo),
          run(urlOf(round + 1), 'confirmEmailChange', { token: again }),
        ]);
        expect(restored).toMatchObject({ __typename: 'ResetPasswordSuccess', user: { email: user.email } });
        expect(['ConfirmEmailChangeSuccess', 'EXPIRED']).toContain(changed.reason ?? changed.__typename);
        expect(await countOf(`users where id = '${user.id}' and email = '${user.email}'`)).toBe(1);
        expect([await reasonOf(token), await reasonOf(ofThief), await liveOf(user.id)]).toEqual([
          'PASSWORD_CHANGED',
          'PASSWORD_CHANGED',
          0,
        ]);
        expect(await loginResult(url, user.email, newPassword)).toBe('LoginSuccess');
        // The notification to the thief's first e-mail has no valid link.
        if (changed.reason === undefined) {
          const { text } = await smtp.next(second, /e-mail .* was changed/);
          const [, ofNotice] = /token=([\w.-]+)/.exec(text) ?? [];
          if (ofNotice !== undefined) expect((await reset(0, ofNotice, password)).reason).toBe('EXPIRED');
        }
      }
    },
  );

  it('LINK-03 parallel uses of one link that takes an e-mail back MUST succeed once, with the password of that use', async () => {
    const { user, token } = await registerVerified(url, smtp);
    await run(url, 'confirmEmailChange', { token: await askForChange(token, randomEmail()) });
    const undo = linkIn(await smtp.next(user.email, /e-mail .* was changed/)).token;
    const secretOf = (index: number) => `${newPassword} ${String(index)}`;
    const results = await inParallel(many, (index) => reset(index, undo, secretOf(index)));
    expect(namesOf(results)).toEqual({ ResetPasswordSuccess: 1, USED: many - 1 });
    const winner = results.findIndex(({ reason }) => reason === undefined);
    expect(await loginResult(url, user.email, secretOf(winner))).toBe('LoginSuccess');
    expect(await actsOf(user.id, 'RESET_PASSWORD')).toBe(1);
  });

  it('LINK-04 a link whose session the user ends at that moment MUST work before the end, or never', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { user, token } = await registerVerified(url, smtp);
      const { token: ofThief, session } = await login(urlOf(1), user.email);
      const newEmail = randomEmail();
      const link = await askForChange(ofThief, newEmail);
      const [changed, ended] = await Promise.all([
        run(urlOf(round), 'confirmEmailChange', { token: link }),
        gql<{ endSession: { __typename: string } }>(urlOf(round + 1), {
          query: 'mutation ($input: EndSessionInput!) { endSession(input: $input) { __typename } }',
          variables: { input: { id: session.id } },
          token,
        }),
      ]);
      expect(ended.data?.endSession.__typename).toBe('EndSessionSuccess');
      const isChanged = changed.reason === undefined;
      expect(changed.reason ?? 'EXPIRED').toBe('EXPIRED');
      const now = isChanged ? newEmail : user.email;
      expect(await countOf(`users where id = '${user.id}' and email = '${now}'`)).toBe(1);
      expect((await run(url, 'confirmEmailChange', { token: link })).reason).toBe(
        isChanged ? 'USED' : 'EXPIRED',
      );
    }
  });

  it(
    'LINK-05 a factor that a stranger adds while the owner of the e-mail takes the account over MUST be removed',
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const { user, token } = await register(url);
        await run(url, 'requestPasswordReset', { email: user.email });
        const link = linkIn(await smtp.next(user.email, /password/)).token;
        const app = await runFactor(url, 'startTotpEnrolment', null, token);
        const { challenge, options } = await startRegistration(url, token);
        const { creation: response } = createPasskey(options, origin);
        const code = new TOTP({ secret: Secret.fromBase32(app.secret ?? '') }).generate();
        const [done] = await Promise.all([
          reset(round, link),
          round % 2 === 0
            ? completeRegistration(urlOf(round + 1), token, { challengeToken: challenge.token, response })
            : runFactor(
                urlOf(round + 1),
                'confirmTotpEnrolment',
                { challengeToken: app.challenge?.token, code },
                token,
              ).catch(() => null),
        ]);
        expect(done.__typename).toBe('ResetPasswordSuccess');
        for (const table of ['passkeys', 'totp_factors', 'recovery_codes'])
          expect(await countOf(`${table} where user_id = '${user.id}'`)).toBe(0);
        expect(await countOf(`users where id = '${user.id}' and passkeys = 0 and not has_totp`)).toBe(1);
        expect(await loginResult(url, user.email, newPassword)).toBe('LoginSuccess');
        expect(await loginResult(url, user.email, password)).toBe('InvalidCredentials');
      }
    },
  );

  it(
    'LINK-06 a second passkey that a thief adds while the owner removes the first by its link MUST be removed too',
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const { user } = await registerVerified(url, smtp);
        const { token: ofThief } = await login(urlOf(1), user.email);
        await addPasskey(urlOf(1), ofThief);
        const undo = linkIn(await smtp.next(user.email, /passkey was added/)).token;
        const { challenge, options } = await startRegistration(urlOf(1), ofThief);
        const { creation: response } = createPasskey(options, origin);
        const [done] = await Promise.all([
          reset(round, undo),
          completeRegistration(urlOf(round + 1), ofThief, { challengeToken: challenge.token, response }),
        ]);
        expect(done.__typename).toBe('ResetPasswordSuccess');
        expect(await countOf(`passkeys where user_id = '${user.id}'`)).toBe(0);
        expect(await countOf(`users where id = '${user.id}' and passkeys = 0`)).toBe(1);
        expect(await reasonOf(ofThief)).toBe('PASSWORD_CHANGED');
      }
    },
  );
});
