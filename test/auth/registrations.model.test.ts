// Random orders of acts by the owner of an e-mail and two strangers who register it, against a model of one rule: only a mailed
// code or link, together with the registration that it was mailed for, makes an account or a session.

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { composeMail } from '../../src/auth/emails/compose.js';
import { completeRegistration, completeRegistrationByLink } from '../../src/auth/pendingRegistration.js';
import { register } from '../../src/auth/register.js';
import { resetPassword } from '../../src/auth/resetPassword.js';
import { type AccountServices } from '../../src/auth/services.js';
import { requestByEmail } from '../../src/auth/verifyEmail.js';
import { mails, users } from '../../src/db/schema/index.js';
import { createTemplates } from '../../src/mail/templates.js';
import { noRateLimits } from '../../src/rateLimit/rateLimits.js';
import { createKeyring } from '../../src/tokens/keyring.js';
import { createLinkTokens } from '../../src/tokens/linkToken.js';
import { createMailedCodes } from '../../src/tokens/mailedCode.js';
import { openDatabase, servicesOver } from '../sessions/harness.js';
import { randomEmail } from '../support/operations.js';
import { testSecret } from '../support/settings.js';

const database = await openDatabase();
const keyring = createKeyring(testSecret, null);
const sessions = servicesOver(database, { limit: 0 });
const nowhere = { ip: null, userAgent: null };
/** Hashes to readable text, so that a row shows whose password it has. */
const passwords = {
  hash: (password: string) => Promise.resolve(`hash of ${password}`),
  verify: (password: string, stored: string | null) =>
    Promise.resolve({ matches: stored === `hash of ${password}`, needsRehash: false }),
};
const hour = 3_600;
const services = {
  ...sessions,
  on: { registered: () => Promise.resolve() },
  failureRecorder: { note: () => undefined },
  passwords,
  rateLimits: noRateLimits,
  passwordRules: { minLength: 8, names: [] },
  isBreached: null,
  mail: { wake: () => undefined },
  templates: createTemplates('Hufu'),
  linkTokens: createLinkTokens({ keyring, issuer: 'hufu' }),
  mailedCodes: createMailedCodes(keyring),
  linkTtlSeconds: {
    verifyEmail: hour,
    resetPassword: hour,
    confirmEmailChange: hour,
    completeRegistration: hour,
  },
  requireVerifiedEmail: true,
} as unknown as AccountServices;

const people = ['owner', 'stranger', 'other stranger'] as const;
type Person = (typeof people)[number];
const secretOf = (person: Person) => `the long password of the ${person}`;

type Step =
  | { readonly kind: 'register'; readonly by: Person }
  /** Completes one of the own challenges: the owner with a mailed code or link, a stranger with a forged one. */
  | {
      readonly kind: 'complete';
      readonly by: Person;
      readonly own: number;
      readonly mail: number;
      readonly link: boolean;
    }
  /** The owner opens the link of any mail, and types the own password. */
  | { readonly kind: 'page'; readonly mail: number }
  | { readonly kind: 'reset' };

const index = fc.nat({ max: 4 });
const person = fc.constantFrom(...people);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('register' as const), by: person }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('complete' as const),
      by: person,
      own: index,
      mail: index,
      link: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('page' as const), mail: index }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reset' as const }) },
);

/** Orders that make an account: by code, by link, on the page, and after a stranger. */
const registers = (by: Person): Step => ({ kind: 'register', by });
const completes = (mail: number, link: boolean): Step => ({
  kind: 'complete',
  by: 'owner',
  own: 0,
  mail,
  link,
});
const examples: [Step[]][] = [
  [[registers('owner'), completes(0, false)]],
  [[registers('owner'), completes(0, true)]],
  [[registers('owner'), { kind: 'page', mail: 0 }]],
  [[registers('stranger'), registers('owner'), completes(1, false)]],
];

interface Mailed {
  readonly code: string | null;
  readonly link: string;
}

/** Composes every mail of the outbox, and returns the owner's codes and links. */
async function deliver(): Promise<Mailed[]> {
  const rows = await database.read((db) => db.select().from(mails));
  const inbox: Mailed[] = [];
  for (const row of rows) {
    const message = await composeMail(services, 'https://hufu.test', row);
    const [, link] = /https:\/\/hufu\.test\/\w+\?token=([\w.-]+)/.exec(message?.text ?? '') ?? [];
    const [, code = null] = /Code: (\d{4} \d{4})/.exec(message?.text ?? '') ?? [];
    if (link !== undefined) inbox.push({ code, link });
  }
  await database.read((db) => db.delete(mails));
  return inbox;
}

it(
  'PENDING-04 no order of acts MUST sign in a stranger who cannot read the mail',
  { timeout: 60_000 },
  async () => {
    let completions = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const email = randomEmail();
        const challenges = new Map<Person, string[]>(people.map((one) => [one, []]));
        /** The owner's mailbox. A mail does not name the client that registered. */
        const inbox: Mailed[] = [];
        const nothing = { code: '0000 0000', link: 'junk' };
        for (const one of steps) {
          if (one.kind === 'register') {
            const input = { email, password: secretOf(one.by) };
            const outcome = await register(services, input, nowhere);
            if (outcome.kind !== 'verificationRequested') throw new Error(outcome.kind);
            challenges.get(one.by)?.push(outcome.challenge.token);
          } else if (one.kind === 'complete') {
            const challengeToken = challenges.get(one.by)?.[one.own] ?? 'junk';
            const { code, link } = (one.by === 'owner' ? inbox[one.mail] : undefined) ?? nothing;
            const answer = one.link || code === null ? { linkToken: link } : { code };
            const outcome = await completeRegistration(services, { challengeToken, ...answer }, nowhere);
            if (outcome.kind === 'signedIn') completions += 1;
            if (one.by !== 'owner') expect(outcome.kind).not.toBe('signedIn');
          } else if (one.kind === 'page') {
            const token = inbox[one.mail]?.link ?? 'junk';
            const input = { token, password: secretOf('owner') };
            const outcome = await completeRegistrationByLink(services, input, nowhere);
            if (outcome.kind === 'registered') completions += 1;
          } else {
            await requestByEmail(services, 'resetPassword', email, nowhere);
            for (const { link } of await deliver()) {
              inbox.push({ code: null, link });
              await resetPassword(services, { token: link, newPassword: secretOf('owner') }, nowhere);
            }
          }
          inbox.push(...(await deliver()));
          const accounts = await database.read((db) => db.select().from(users));
          for (const account of accounts.filter((row) => row.email === email)) {
            expect(account.passwordHash).toBe(await passwords.hash(secretOf('owner')));
            expect(account.emailVerifiedAt).not.toBeNull();
          }
        }
      }),
      { numRuns: 40 + examples.length, examples },
    );
    expect(completions).toBeGreaterThan(3);
  },
);
