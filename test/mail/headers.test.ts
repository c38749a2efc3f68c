// No text of a client becomes a header, a recipient or markup of a mail.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { systemClock } from '../../src/common/clock.js';
import { renderTemplate } from '../../src/mail/renderTemplate.js';
import { createSmtpTransport } from '../../src/mail/smtp.js';
import { ask, registerVerified, run } from '../support/account.js';
import { gql } from '../support/gql.js';
import { login, password, register, registerOperation } from '../support/operations.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const { url } = await startNode({ env: { SMTP_URL: smtp.url, RATE_LIMITS: 'off' } });

const injections = [
  'eve@example.com\r\nBcc: mallory@example.com',
  'eve@example.com\nBcc: mallory@example.com',
  'eve@example.com, mallory@example.com',
  'eve@example.com;mallory@example.com',
  'Eve <eve@example.com>',
  '"eve\r\nBcc: mallory"@example.com',
  'eve@example.com\u2028Bcc: mallory@example.com',
  'eve＠example.com\u0085Bcc: mallory@example.com',
  'eve@example.com>\r\nRCPT TO:<mallory@example.com',
];

describe('MAIL-05 a header injection', () => {
  it.each(injections)('MUST be refused as an e-mail: %j', async (email) => {
    const { token } = await register(url);
    const asked = await ask(url, 'requestPasswordReset', { email });
    expect(asked.errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(await run(url, 'requestEmailChange', { newEmail: email }, token)).toMatchObject({
      __typename: 'InvalidInput',
    });
    const variables = { input: { email, password } };
    const { data } = await gql(url, { query: registerOperation, variables });
    expect(data?.register.__typename).toBe('InvalidInput');
  });

  it('MUST NOT reach a mail in the name of a device', async () => {
    const { user } = await registerVerified(url, smtp);
    await login(url, user.email, { kind: 'DESKTOP', name: 'Bcc: mallory@example.com' });
    const mail = await smtp.next(user.email, /sign-in/);
    // The mail keeps letters, digits and spaces of the name.
    expect(mail.text).toContain('Device: Bcc mallory example com (a desktop');
    expect(mail.to).toEqual([user.email]);
    expect(mail.headers.filter((line) => /^(?:bcc|cc|to):/i.test(line))).toEqual([`To: ${user.email}`]);
  });

  it('MUST NOT add a recipient in the transport', async () => {
    const transport = createSmtpTransport(smtp.url, 'Hufu <mail@hufu.test>', {
      requireTls: false,
      clock: systemClock,
    });
    const mail = { subject: 'Hello\r\nBcc: mallory@example.com', opening: ['x'], link: null, closing: [] };
    const signal = new AbortController().signal;
    for (const to of [
      'eve@example.com\r\nBcc: mallory@example.com',
      'eve@example.com, mallory@example.com',
    ]) {
      const before = smtp.mails.length;
      await transport.send('id', { to, ...renderTemplate(mail) }, signal).catch(() => undefined);
      for (const mail of smtp.mails.slice(before)) {
        expect(mail.to).toHaveLength(1);
        expect(mail.to).not.toContain('mallory@example.com');
        expect(mail.headers.some((line) => /^(?:bcc|cc):/i.test(line))).toBe(false);
      }
    }
    transport.close();
  });

  it('a mail to a non-ASCII e-mail MUST arrive, with its domain in ASCII', async () => {
    const { user, token } = await register(url, { email: 'mei@例え.example.com' });
    await run(url, 'requestEmailVerification', null, token);
    const mail = await smtp.next(user.email);
    expect(mail.subject).toContain('Confirm');
    expect(mail.raw).toMatch(/^To: mei@xn--r8jz45g\.example\.com\r$/m);

    const other = await register(url, { email: 'ｍéi@例え。example.com' });
    await run(url, 'requestEmailVerification', null, other.token);
    // A non-ASCII local part needs SMTPUTF8, with both parts in UTF-8.
    expect((await smtp.next('méi@例え.example.com')).subject).toContain('Confirm');
  });

  it('the Unicode and the ASCII form of a domain MUST be one account', async () => {
    const name = randomUUID();
    await register(url, { email: `${name}@bücher.example` });
    for (const domain of ['xn--bcher-kva.example', 'BÜCHER.example', 'bücher.example.', 'bücher。example']) {
      const variables = { input: { email: `${name}@${domain}`, password } };
      const taken = await gql(url, { query: registerOperation, variables });
      expect(taken.data?.register.__typename, domain).toBe('EmailTaken');
      expect((await login(url, `${name}@${domain}`)).user.email).toBe(`${name}@bücher.example`);
    }
  });
});

describe('MAIL-06 a mail', () => {
  it('MUST have the same content in both parts, with every text escaped', () => {
    const { text, html, subject } = renderTemplate({
      subject: 'One\r\nTwo: three',
      opening: ['<img src=x onerror=alert(1)> & "quotes"', 'two\nlines'],
      link: { label: 'Go', url: 'https://a.example/?a=1&b="2"' },
      closing: ["it's"],
    });
    expect(subject).toBe('One Two: three');
    expect(text).toBe(
      '<img src=x onerror=alert(1)> & "quotes"\n\ntwo\nlines\n\nGo:\nhttps://a.example/?a=1&b="2"\n\nit\'s\n',
    );
    expect(html).not.toContain('<img');
    expect(html).toContain('<p>two<br>\nlines</p>');
    expect(html).toContain('href="https://a.example/?a=1&#38;b=&#34;2&#34;"');
    expect(html).not.toMatch(/<(?:script|link|img|iframe)/);
  });
});
