// More ways in, shown by the browser that the page is open in: an authenticator app, which this script plays, a passkey of
// the browser's own, and the providers of the server.

import { offerProviders, returnFromProvider } from './providers.js';
import { Screen, tell } from './screen.js';
import {
  browser,
  completeLogin,
  completePasskeyLogin,
  completePasskeyRegistration,
  confirmTotpEnrolment,
  loginInSteps,
  startPasskeyLogin,
  startPasskeyRegistration,
  startTotpEnrolment,
} from './waysInOperations.js';

/** @import { Fields } from './screen.js' */

const stepSeconds = 30;

/** Ada's authenticator app. */
class App {
  /** @param {Uint8Array<ArrayBuffer>} seed */
  constructor(seed) {
    this.seed = seed;
    this.lastStep = 0;
  }

  /**
   * Gives a code that has not been used: the server accepts each once. It accepts the next one early, so two in a row need
   * no waiting.
   *
   * @returns {Promise<string | null>} null where a third one is asked for too soon
   */
  async next() {
    const current = Math.floor(Date.now() / 1_000 / stepSeconds);
    const step = Math.max(current, this.lastStep + 1);
    if (step > current + 1) return null;
    this.lastStep = step;
    const key = await crypto.subtle.importKey('raw', this.seed, { name: 'HMAC', hash: 'SHA-1' }, false, [
      'sign',
    ]);
    const counter = new DataView(new ArrayBuffer(8));
    counter.setBigUint64(0, BigInt(step));
    // RFC 4226 section 5.3.
    const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter));
    const offset = mac.getUint8(mac.byteLength - 1) & 0xf;
    return String((mac.getUint32(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
  }
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** @param {string} text */
function fromBase32(text) {
  const bits = Array.from(text, (letter) => base32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** Makes the browser's part of the page, with what its buttons do. */
export function createBrowser() {
  /** @type {App | null} */
  let app = null;
  /** The second step that a sign-in waits for. @type {Fields | null} */
  let waiting = null;

  /** @param {string} text */
  const say = (text) => {
    tell(`${browser.title}: ${text}`);
  };

  /** @param {Fields | null} result */
  const tokenOf = (result) => /** @type {{ token: string } | undefined} */ (result?.['challenge'])?.token;

  /** @param {Fields | null} result of the first step of a sign-in */
  const noteFirstStep = (result) => {
    waiting = result?.['__typename'] === 'SecondFactorRequired' ? result : null;
    if (waiting !== null) say('Send a code of the app, or use the passkey. Nothing has changed so far.');
  };

  /** @param {Screen} screen */
  async function login(screen) {
    noteFirstStep(await screen.signIn(loginInSteps));
  }

  /** @param {Screen} screen */
  async function addApp(screen) {
    const started = await screen.ask(startTotpEnrolment);
    const secret = started?.['secret'];
    if (typeof secret !== 'string') return;
    const added = new App(fromBase32(secret));
    const input = { challengeToken: tokenOf(started), code: await added.next() };
    const result = await screen.ask(confirmTotpEnrolment, { input });
    if (result?.['__typename'] !== 'ConfirmTotpEnrolmentSuccess') return;
    app = added;
    say('An authenticator app was added. Sign in again: the password is no longer enough.');
  }

  /** @param {Screen} screen */
  async function sendCode(screen) {
    if (app === null) {
      say('Add an authenticator app first.');
      return;
    }
    if (waiting === null) {
      say('Sign in with the password first.');
      return;
    }
    const code = await app.next();
    if (code === null) {
      say('The app shows its next code within 30 seconds. Try again then.');
      return;
    }
    await complete(screen, { totp: code });
  }

  /**
   * @param {Screen} screen
   * @param {Fields} factor
   */
  async function complete(screen, factor) {
    const input = { challengeToken: tokenOf(waiting), ...factor };
    const result = await screen.signIn(completeLogin, { input });
    if (result?.['__typename'] === 'LoginSuccess') waiting = null;
  }

  /** @param {Screen} screen */
  async function addPasskey(screen) {
    const started = await screen.ask(startPasskeyRegistration);
    const options = /** @type {PublicKeyCredentialCreationOptionsJSON | undefined} */ (started?.['options']);
    if (options === undefined) return;
    const response = await fromAuthenticator(() =>
      navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
    );
    if (response === null) return;
    const input = { challengeToken: tokenOf(started), response, name: browser.name };
    const result = await screen.ask(completePasskeyRegistration, { input });
    if (result?.['__typename'] === 'PasskeyAdded')
      say('A passkey was added. It signs in without the password.');
  }

  /** Completes the sign-in that waits for a second step, or begins one. @param {Screen} screen */
  async function usePasskey(screen) {
    const started = waiting ?? (await screen.ask(startPasskeyLogin));
    const options = /** @type {PublicKeyCredentialRequestOptionsJSON | null | undefined} */ (
      started?.['passkeyOptions'] ?? started?.['options']
    );
    if (options == null) {
      if (waiting !== null) say('The account has no passkey.');
      return;
    }
    const response = await fromAuthenticator(() =>
      navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
    );
    if (response === null) return;
    if (waiting !== null) {
      await complete(screen, { passkey: response });
      return;
    }
    const { kind, name } = browser;
    const input = { challengeToken: tokenOf(started), response, device: { kind, name } };
    await screen.signIn(completePasskeyLogin, { input });
  }

  /**
   * Asks the person for a passkey; null where the browser gives none.
   *
   * @param {() => Promise<Credential | null>} ask
   */
  async function fromAuthenticator(ask) {
    try {
      const credential = await ask();
      return credential instanceof PublicKeyCredential ? credential.toJSON() : null;
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      const home = `http://localhost:${location.port}/`;
      say(
        name === 'SecurityError'
          ? `An IP has no passkeys: open this page at ${home}.`
          : name === 'InvalidStateError'
            ? 'This browser has a passkey of the account already.'
            : `No passkey was used: ${message}`,
      );
      return null;
    }
  }

  const screen = new Screen(browser, { login, addApp, sendCode, addPasskey, usePasskey });
  return {
    /** Shows what depends on the server and on where the person comes from. */
    async start() {
      void offerProviders(screen);
      const result = await returnFromProvider(screen);
      if (result !== null) noteFirstStep(result);
    },
    forget() {
      app = null;
      waiting = null;
      screen.forget();
    },
  };
}
