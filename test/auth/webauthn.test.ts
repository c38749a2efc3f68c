// The checks of an authenticator's response, without a database: each forged field is refused on its own.

import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import {
  createRelyingParty,
  namesOwner,
  parseAssertion,
  parseCreation,
} from '../../src/auth/factors/webauthn.js';
import { createLog } from '../../src/observability/log.js';
import {
  assertPasskey,
  createPasskey,
  type CreationOptions,
  type Lies,
  type RequestOptions,
} from '../support/authenticator.js';

const origin = 'https://app.example.com';
const android = `android:apk-key-hash:${'a'.repeat(43)}`;
const user = { id: '0198f1c4-7d1e-7c5a-9c0b-2f4a4be0c0de', email: 'ada@example.com' };
const challenge = randomBytes(32).toString('base64url');

const party = createRelyingParty(
  { rpId: 'example.com', origins: [origin, android], anyLocalPort: false },
  'Example',
  createLog('silent', false),
);

const options = (await party.creationOptions(user, [], challenge)) as CreationOptions;
const made = createPasskey(options, origin);
const verified = await party.verifyCreation(creationOf(made.creation), challenge);
const request = (await party.requestOptions(challenge, [])) as RequestOptions;

function creationOf(value: unknown) {
  const creation = parseCreation(value);
  if (creation === null) throw new Error('malformed');
  return creation;
}

function assertionOf(value: unknown) {
  const assertion = parseAssertion(value);
  if (assertion === null) throw new Error('malformed');
  return assertion;
}

const create = (lies: Lies, from = origin) =>
  party.verifyCreation(creationOf(createPasskey(options, from, lies).creation), challenge);

const use = (lies: Lies, from = origin) =>
  party.verifyAssertion(
    assertionOf(assertPasskey(made.passkey, request, from, lies)),
    challenge,
    verified?.publicKey ?? '',
  );

const lies: readonly (readonly [string, Lies])[] = [
  ['another origin', { origin: 'https://app.example.com.evil.example' }],
  ['an origin in another spelling', { origin: `${origin}/` }],
  ['another RP id', { rpId: 'evil.example' }],
  ['another challenge', { challenge: randomBytes(32).toString('base64url') }],
  ['another ceremony', { type: 'payment.get' }],
  ['a page in a foreign frame', { crossOrigin: true }],
  ['a user who was not verified', { userVerified: false }],
];

describe('WEBAUTHN-01 a response MUST NOT be accepted with', () => {
  it.each(lies)('%s', async (_what, lie) => {
    expect(await create(lie)).toBeNull();
    expect(await use(lie)).toBeNull();
  });

  it('the signature of another key', async () => {
    const other = createPasskey(options, origin);
    const forged = {
      ...assertPasskey(other.passkey, request, origin),
      id: made.passkey.id,
      rawId: made.passkey.id,
    };
    expect(await party.verifyAssertion(assertionOf(forged), challenge, verified?.publicKey ?? '')).toBeNull();
  });

  it('another id than the one that the authenticator has signed', async () => {
    const { creation } = createPasskey(options, origin);
    const renamed = { ...creation, id: made.passkey.id, rawId: made.passkey.id };
    expect(await party.verifyCreation(creationOf(renamed), challenge)).toBeNull();
  });
});

it('WEBAUTHN-02 a valid response MUST be accepted from each origin, with any attestation', async () => {
  expect(verified).toMatchObject({
    id: made.passkey.id,
    counter: 0,
    backedUp: false,
    transports: ['internal'],
  });
  expect(await use({ counter: 7, backedUp: true }, android)).toEqual({ counter: 7, backedUp: true });
  // Attestation statements are not verified.
  expect(await create({ format: 'packed' })).not.toBeNull();
  expect(await create({ format: 'of another planet' })).not.toBeNull();
});

it('WEBAUTHN-03 the options MUST require a discoverable, user-verified passkey, and contain no e-mail', () => {
  expect(options).toMatchObject({
    rp: { id: 'example.com', name: 'Example' },
    attestation: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    pubKeyCredParams: [{ alg: -8 }, { alg: -7 }, { alg: -257 }],
  });
  expect(Buffer.from(options.user.id, 'base64url').toString('hex')).toBe(user.id.replaceAll('-', ''));
  expect(request).toMatchObject({ rpId: 'example.com', userVerification: 'required' });
  expect(request.allowCredentials).toBeUndefined();
});

it('WEBAUTHN-04 the user handle MUST be that of the owner, and may be missing only where the user is known', () => {
  const owned = (lie: Lies) => assertionOf(assertPasskey(made.passkey, request, origin, lie));
  expect(namesOwner(owned({}), user.id, false)).toBe(true);
  expect(namesOwner(owned({}), '0198f1c4-7d1e-7c5a-9c0b-2f4a4be0c0df', true)).toBe(false);
  expect(namesOwner(owned({ userHandle: null }), user.id, false)).toBe(false);
  expect(namesOwner(owned({ userHandle: null }), user.id, true)).toBe(true);
});

it('WEBAUTHN-05 in development every port of localhost MUST be accepted, and no other host', async () => {
  const local = createRelyingParty(
    { rpId: 'localhost', origins: [], anyLocalPort: true },
    'Example',
    createLog('silent', false),
  );
  const here = (await local.creationOptions(user, [], challenge)) as CreationOptions;
  const at = (page: string) =>
    local.verifyCreation(creationOf(createPasskey(here, page).creation), challenge);
  expect(await at('http://localhost:5173')).not.toBeNull();
  expect(await at('http://localhost.evil.example:5173')).toBeNull();
  expect(await at('https://localhost@evil.example')).toBeNull();
});

it.each([
  ['nothing', null],
  ['a text', 'x'],
  ['no response', { id: 'x', rawId: 'x', type: 'public-key' }],
  ['an id with other characters', { ...made.creation, id: 'a+b=' }],
  ['an id of 2 KB', { ...made.creation, id: 'a'.repeat(2_000) }],
  [
    'data of 40 KB',
    { ...made.creation, response: { ...made.creation.response, attestationObject: 'a'.repeat(40_000) } },
  ],
])('WEBAUTHN-06 a malformed response MUST be refused: %s', (_what, value) => {
  expect(parseCreation(value)).toBeNull();
  expect(parseAssertion(value)).toBeNull();
});
