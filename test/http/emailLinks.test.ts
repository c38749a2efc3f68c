// The pages of emailed links as an HTTP client sees them: statuses, headers and bodies.

import { describe, expect, it } from 'vitest';

import { type LinkActs, type LinkOutcome } from '../../src/auth/linkActs.js';
import { serve } from './harness.js';

interface Used {
  readonly operation: string;
  readonly token: string;
  readonly password: string;
}

async function serveLinks(outcome: LinkOutcome) {
  const used: Used[] = [];
  const links: LinkActs = {
    passwordMinLength: 10,
    inspect: () =>
      Promise.resolve(
        outcome.kind === 'linkRejected' || outcome.kind === 'unavailable'
          ? outcome
          : ({ kind: 'open' } as const),
      ),
    use: (operation, input) => {
      used.push({ operation, ...input });
      return Promise.resolve(outcome);
    },
  };
  return { ...(await serve({ links })), used };
}

const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });

describe('GET /link/<operation>', () => {
  it('shows a page that loads nothing, is not cached, and contains the token only in its form', async () => {
    const { url, used } = await serveLinks({ kind: 'done' });
    for (const operation of ['verifyEmail', 'resetPassword', 'confirmEmailChange', 'completeRegistration']) {
      const response = await fetch(`${url}/link/${operation}?token=a.b.c`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/]+=*'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      );
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('x-robots-tag')).toBe('noindex');
      const page = await response.text();
      expect(page).toContain(`<form method="post" action="${operation}">`);
      expect(page.split('a.b.c')).toHaveLength(2);
      expect(page.includes('type="password"')).toBe(
        ['resetPassword', 'completeRegistration'].includes(operation),
      );
      expect(page).not.toMatch(/<script|https?:|@import|url\(/);
    }
    expect(used).toEqual([]);
  });

  it('explains where to type a sign-in code, and allows only its own script', async () => {
    const { url, used } = await serveLinks({ kind: 'done' });
    const response = await fetch(`${url}/link/loginWithCode`);
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; img-src data:;/,
    );
    const page = await response.text();
    expect(page.split('<script>')).toHaveLength(2);
    expect(page).not.toMatch(/<form|https?:|@import|url\(/);
    const post = await fetch(`${url}/link/loginWithCode`, form({ token: 'a.b.c' }));
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(used).toEqual([]);
  });

  it('escapes the token in the page', async () => {
    const { url } = await serveLinks({ kind: 'done' });
    const token = '"><script>alert(1)</script>';
    const page = await (await fetch(`${url}/link/verifyEmail?token=${encodeURIComponent(token)}`)).text();
    expect(page).not.toContain('<script');
    expect(page).toContain('value="&#34;&#62;&#60;script&#62;');
  });

  it.each([
    ['INVALID', 400, 'This link is not complete'],
    ['EXPIRED', 410, 'This link no longer works'],
    ['USED', 410, 'This link has been used'],
  ] as const)('shows an error without a form for a link that is %s', async (reason, status, title) => {
    const { url } = await serveLinks({ kind: 'linkRejected', reason });
    const response = await fetch(`${url}/link/resetPassword?token=a.b.c`);
    expect(response.status).toBe(status);
    const page = await response.text();
    expect(page).toContain(`<h1>${title}</h1>`);
    expect(page).not.toContain('<form');
  });

  it('answers 503 while the database is away', async () => {
    const { url } = await serveLinks({ kind: 'unavailable' });
    const response = await fetch(`${url}/link/verifyEmail?token=a.b.c`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('is logged without its token and password', async () => {
    const { url, lines } = await serveLinks({ kind: 'done' });
    await fetch(`${url}/link/verifyEmail?token=secret-token`);
    await fetch(`${url}/link/verifyEmail/secret-token`);
    await fetch(`${url}/link/verifyEmail`, form({ token: 'secret-token', password: 'secret-password' }));
    expect(lines.filter(({ msg }) => msg === 'request')).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});

describe('POST /link/<operation>', () => {
  it('sets the new password and shows the result', async () => {
    const { url, used } = await serveLinks({ kind: 'done' });
    const response = await fetch(
      `${url}/link/resetPassword`,
      form({ token: 'a.b.c', password: 'neu & größer=1' }),
    );
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Your new password is set');
    expect(used).toEqual([{ operation: 'resetPassword', token: 'a.b.c', password: 'neu & größer=1' }]);
  });

  it('shows the form again with suggestions for a refused password, without the password', async () => {
    const { url } = await serveLinks({ kind: 'passwordRefused', suggestions: ['Use <more> words.'] });
    const response = await fetch(
      `${url}/link/resetPassword`,
      form({ token: 'a.b.c', password: 'hunter2hunter2' }),
    );
    expect(response.status).toBe(422);
    const page = await response.text();
    expect(page).toContain('<p>Use &#60;more&#62; words.</p>');
    expect(page).toContain('value="a.b.c"');
    expect(page).not.toContain('hunter2');
  });

  it('answers 409 for an e-mail that has another account', async () => {
    const { url } = await serveLinks({ kind: 'emailTaken' });
    const response = await fetch(`${url}/link/confirmEmailChange`, form({ token: 'a.b.c' }));
    expect([response.status, (await response.text()).includes('has another account')]).toEqual([409, true]);
  });

  it('refuses other content types, sizes, methods and operations', async () => {
    const { url, used } = await serveLinks({ kind: 'done' });
    const json = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"token":"a.b.c"}',
    };
    expect((await fetch(`${url}/link/verifyEmail`, json)).status).toBe(415);
    expect((await fetch(`${url}/link/verifyEmail`, form({ token: 'x'.repeat(110_000) }))).status).toBe(413);
    const put = await fetch(`${url}/link/verifyEmail`, { method: 'PUT' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect((await fetch(`${url}/link/login`)).status).toBe(404);
    expect(used).toEqual([]);
  });

  it.each([
    ['application/x-www-form-urlencoded', 'token=a.b.c&password=%FCber', 400],
    ['application/x-www-form-urlencoded', Buffer.from('token=a.b.c&password=\xfcber', 'latin1'), 400],
    ['application/x-www-form-urlencoded', 'token=a.b.c&password=%zz', 400],
    ['application/x-www-form-urlencoded; charset=iso-8859-1', 'token=a.b.c&password=x', 415],
    ['application/x-www-form-urlencoded; charset=UTF-8', 'token=a.b.c&password=%C3%BCber+uns', 200],
  ])('accepts a form only in UTF-8: %s %s', async (type, body, status) => {
    const { url, used } = await serveLinks({ kind: 'done' });
    const init = { method: 'POST', headers: { 'content-type': type }, body };
    expect((await fetch(`${url}/link/resetPassword`, init)).status).toBe(status);
    expect(used).toHaveLength(status === 200 ? 1 : 0);
    if (status === 200) expect(JSON.stringify(used)).toContain('über uns');
  });
});
