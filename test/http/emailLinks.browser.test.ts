// The pages of emailed links in a browser, as a person uses them, with and without JavaScript.

import { type Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { linkIn, run } from '../support/account.js';
import { openBrowser } from '../support/browser.js';
import { findChromium, needsChromium } from '../support/chromium.js';
import { gql } from '../support/gql.js';
import { loginOperation, meOperation, randomEmail, register } from '../support/operations.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const newPassword = 'a lantern over the quiet river';

describe('ACCOUNT-12 the page of a link', async () => {
  if (findChromium() === null) {
    it.skip(needsChromium);
    return;
  }
  const smtp = await startSmtp();
  const { url } = await startNode({ env: { SMTP_URL: smtp.url, RATE_LIMITS: 'off' } });

  const isVerified = async (token: string) => {
    const { data } = await gql<{ me: { emailVerified: boolean } }>(url, {
      query: '{ me { emailVerified } }',
      token,
    });
    return data?.me.emailVerified;
  };

  describe.each([{ javaScriptEnabled: true }, { javaScriptEnabled: false }])('with %o', async (options) => {
    const browser = await openBrowser(options);

    /** Opens a page and records its requests, console messages and errors. */
    const open = async (link: string) => {
      const page = await browser.newPage();
      const requests: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(link);
      return { page, requests, complaints };
    };
    const heading = (page: Page) => page.locator('h1').innerText();

    it('MUST change nothing when it is opened, and verify the e-mail when the person presses the button', async () => {
      const { user, token } = await register(url);
      await run(url, 'requestEmailVerification', null, token);
      const link = linkIn(await smtp.next(user.email));

      const { page, requests, complaints } = await open(link.url);
      await page.reload();
      expect(await heading(page)).toBe('Confirm your e-mail');
      expect(await isVerified(token)).toBe(false);

      await page.getByRole('button', { name: 'Confirm this e-mail' }).click();
      await page.waitForURL(`${url}/link/verifyEmail`);
      expect(await heading(page)).toBe('Your e-mail is confirmed');
      expect(await isVerified(token)).toBe(true);
      // The URL no longer contains the token, and the page requested nothing from another server.
      expect(requests).toEqual([link.url, link.url, `${url}/link/verifyEmail`]);
      expect(complaints).toEqual([]);

      await page.goto(link.url);
      expect(await heading(page)).toBe('This link has been used');
      expect(await page.locator('form').count()).toBe(0);
    });

    it('MUST set a new password after it has refused a weak one', async () => {
      const { user, token } = await register(url);
      await run(url, 'requestPasswordReset', { email: user.email });
      const { page } = await open(linkIn(await smtp.next(user.email)).url);

      await page.getByLabel('New password').fill('password123');
      await page.getByRole('button').click();
      expect(await page.getByRole('alert').innerText()).toContain('The link still works.');
      await page.getByLabel('New password').fill(newPassword);
      await page.getByRole('button').click();
      expect(await heading(page)).toBe('Your new password is set');

      const { errors } = await gql(url, { query: meOperation, token });
      expect(errors[0]?.extensions.reason).toBe('PASSWORD_CHANGED');
      const variables = { input: { email: user.email, password: newPassword } };
      const answer = await gql(url, { query: loginOperation, variables });
      expect(answer.data?.login.__typename).toBe('LoginSuccess');
    });

    it('MUST confirm a new e-mail', async () => {
      const { token } = await register(url);
      const newEmail = randomEmail();
      await run(url, 'requestEmailChange', { newEmail }, token);
      const { page } = await open(linkIn(await smtp.next(newEmail)).url);
      await page.getByRole('button', { name: 'Use this e-mail' }).click();
      expect(await heading(page)).toBe('Your account has the new e-mail');
      expect((await gql(url, { query: meOperation, token })).data?.me?.email).toBe(newEmail);
    });
  });
});
