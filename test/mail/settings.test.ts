// The settings of mail, and the lines that a node logs about them at its start.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import { OperatorError } from '../../src/common/errors.js';
import { readConfig } from '../../src/config/index.js';
import { ask, linkIn, run } from '../support/account.js';
import { readyDatabase } from '../support/database.js';
import { randomEmail, password, register } from '../support/operations.js';
import { testSecret } from '../support/settings.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

function readable() {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  return { log, text: () => lines.join('') };
}

describe('MAIL-03 without SMTP_URL', () => {
  it('a node in development MUST write mails to a file that only its owner can read', async () => {
    const database = await readyDatabase();
    const file = join(database.env['DATA_DIR'] ?? '', 'outbox.jsonl');
    writeFileSync(file, '', { mode: 0o644 });
    const { log, text } = readable();
    const { url } = await startNode({ database, log });
    expect(text()).toContain(file);

    const { user, token } = await register(url);
    await run(url, 'requestEmailVerification', null, token);
    await run(url, 'requestPasswordReset', { email: user.email });
    await expect.poll(() => readFileSync(file, 'utf8').split('\n').length, { timeout: 10_000 }).toBe(3);
    const mails = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    for (const mail of mails) {
      expect(Object.keys(mail)).toEqual(['to', 'subject', 'text', 'html']);
      expect(mail['to']).toBe(user.email);
      expect(mail['text']).toMatch(/\/link\/(?:verifyEmail|resetPassword)\?token=/);
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // The log contains no link, and so no token.
    expect(text()).not.toMatch(/token=|eyJ/);
  });

  it('a node in production MUST warn at its start, and operations that need a mail MUST fail with SERVICE_UNAVAILABLE', async () => {
    const { log, text } = readable();
    const { url } = await startNode({ log, env: { NODE_ENV: 'production' } });
    expect(text()).toContain('SMTP_URL is not set');
    const { token } = await register(url);
    const refused = [
      await ask(url, 'requestEmailVerification', null, token),
      await ask(url, 'requestEmailVerification', { email: randomEmail() }),
      await ask(url, 'requestPasswordReset', { email: randomEmail() }),
      await ask(url, 'requestEmailChange', { newEmail: randomEmail() }, token),
    ];
    for (const { errors } of refused) expect(errors[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
    // Operations that only send a notification work without mail.
    const changed = await run(
      url,
      'changePassword',
      { currentPassword: password, newPassword: 'lantern over a river' },
      token,
    );
    expect(changed.__typename).toBe('ChangePasswordSuccess');
  });

  it('a node in production that requires verified e-mails MUST NOT start', () => {
    const env = { NODE_ENV: 'production', JWT_SECRET: testSecret, REQUIRE_VERIFIED_EMAIL: 'true' };
    expect(() => readConfig(env)).toThrow(OperatorError);
    expect(() => readConfig(env)).toThrow(/^SMTP_URL: it is required /);
    expect(readConfig({ ...env, SMTP_URL: 'smtp://127.0.0.1:25' }).auth.requireVerifiedEmail).toBe(true);
  });
});

describe('MAIL-04 the settings of mail', () => {
  it('LINK_BASE_URL and PUBLIC_URL MUST set the URLs of links', async () => {
    const smtp = await startSmtp();
    const common = { SMTP_URL: smtp.url, PUBLIC_URL: 'https://accounts.example.com/hufu/' };
    const base = { ...common, LINK_BASE_URL: 'https://app.example.com/mail' };
    const expected = [
      'https://accounts.example.com/hufu/link/verifyEmail?token=',
      'https://app.example.com/mail/verifyEmail?token=',
    ];
    for (const [index, env] of [common, base].entries()) {
      const { url } = await startNode({ env });
      const { token, user } = await register(url);
      await run(url, 'requestEmailVerification', null, token);
      const mail = await smtp.next(user.email);
      const link = linkIn(mail);
      expect(link.url).toBe(`${expected[index] ?? ''}${link.token}`);
      expect(mail.html).toContain(`href="${link.url}"`);
      expect(mail.headers).toContain('From: Hufu <no-reply@accounts.example.com>');
      expect(mail.headers).toContain(`To: ${user.email}`);
    }
  });

  it('APP_NAME and APP_URL MUST appear in mails and pages as text, never as markup or a header', async () => {
    const smtp = await startSmtp();
    const name = 'Ann, <b>"B" & C</b> \\';
    const { url } = await startNode({
      env: { SMTP_URL: smtp.url, APP_NAME: name, APP_URL: 'https://app.example.com/"><b>&x=' },
    });
    const { token, user } = await register(url);
    await run(url, 'requestEmailVerification', null, token);
    const mail = await smtp.next(user.email);
    expect(mail.subject).toBe(`Confirm your e-mail for ${name}`);
    expect(mail.headers.filter((line) => /^from:/i.test(line))).toEqual([
      String.raw`From: "Ann, <b>\"B\" & C</b> \\" <no-reply@localhost>`,
    ]);
    expect(mail.text).toContain(`so that ${name} can reach you`);
    const escaped = 'Ann, &#60;b&#62;&#34;B&#34; &#38; C&#60;/b&#62; \\';
    expect(mail.html).toContain(`so that ${escaped} can reach you`);

    const link = linkIn(mail);
    const asked = await (await fetch(link.url)).text();
    expect(asked).toContain(`<title>Confirm your e-mail - ${escaped}</title>`);
    // This page has a form to submit first.
    expect(asked).not.toContain('<a ');
    const form = { method: 'POST', body: new URLSearchParams({ token: link.token }) };
    const done = await (await fetch(`${url}/link/verifyEmail`, form)).text();
    expect(done).toContain(
      `<a href="https://app.example.com/&#34;&#62;&#60;b&#62;&#38;x=">Back to ${escaped}</a>`,
    );
    for (const page of [mail.html, asked, done]) expect(page).not.toContain('<b>');
  });

  it.each([
    ['Acme', 'Acme <no-reply@localhost>'],
    ['Bücher & Söhne', '"Bücher & Söhne" <no-reply@localhost>'],
    ['a@b.example', '"a@b.example" <no-reply@localhost>'],
  ])('the sender MUST have the name of the app by default: %s', (name, from) => {
    expect(readConfig({ APP_NAME: name }).mail.from).toBe(from);
    expect(readConfig({ APP_NAME: name, MAIL_FROM: 'X <x@y.example>' }).mail.from).toBe('X <x@y.example>');
  });

  it.each([
    [
      'APP_NAME',
      [
        ' ',
        ' secret',
        'secret\r\nBcc: x@y.example',
        'secret\u2028',
        'secret\0',
        'x'.repeat(65),
        'secret\ud83d',
      ],
    ],
    ['APP_URL', ['secret.example', 'javascript:secret', 'https://secret.example/?b=c']],
    ['SMTP_URL', ['http://secret.example', 'secret.example', 'smtp://']],
    [
      'MAIL_FROM',
      ['nobody', 'A <a@b.example>, c@d.example', 'A <a@b.example>\r\nBcc: x@y.example', 'a@b.example>'],
    ],
    ['PUBLIC_URL', ['secret.example', 'https://secret.example/?b=c', 'ftp://secret.example']],
    ['LINK_BASE_URL', ['/link', 'https://secret.example/#/link']],
    ['RESET_LINK_TTL_SECONDS', ['0', '2678401', '1h']],
    ['LOGIN_NOTICES', ['sometimes']],
  ])('a wrong %s MUST be refused without its value', (name, values) => {
    for (const value of values) {
      expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name}: it must be `));
      expect(() => readConfig({ [name]: value })).not.toThrow('secret');
    }
  });
});
