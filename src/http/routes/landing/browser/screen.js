// A device on the page "See it happen": its part of the page, its token, its socket, and each of its operations with its
// answer.

import { send, subscribe } from './client.js';
import { sessionEnded, signInVariables } from './operations.js';

/** @import { Answer } from './client.js' */
/** @import { Device, Operation } from './operations.js' */
/** @typedef {Readonly<Record<string, unknown>>} Fields */

/** Continues the sentence "Signed out at 9:30:07: …". */
const reasons = /** @type {Readonly<Record<string, string>>} */ ({
  NO_TOKEN: 'no token came with the request.',
  INVALID_TOKEN: 'the token is not valid.',
  EXPIRED: 'the session reached the end of its lifetime.',
  IDLE: 'the session was unused for too long.',
  SUPERSEDED: 'a newer login took the place of this session.',
  LOGGED_OUT: 'the session was logged out.',
  REVOKED: 'the session was ended from elsewhere.',
  PASSWORD_CHANGED: 'the password was changed.',
  PROVIDER_ENDED: 'the provider that signed you in ended it.',
  ACCOUNT_DISABLED: 'the account is disabled.',
  ACCOUNT_DELETED: 'the account was deleted.',
});

/**
 * @template {Element} T
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export function find(parent, selector, type) {
  const element = parent.querySelector(selector);
  if (!(element instanceof type)) throw new Error(`There is no ${selector}.`);
  return element;
}

const news = find(document, '#news', HTMLElement);
const email = find(document, '#email', HTMLInputElement);
const password = find(document, '#password', HTMLInputElement);

/** How many sentences are kept. */
const maxNews = 3;

/** @param {string} text announced by screen readers too; the newest is on top */
export const tell = (text) => {
  news.prepend(make('p', text));
  while (news.children.length > maxNews) news.lastElementChild?.remove();
};

/** A device: its part of the page, its token and its socket. */
export class Screen {
  /** @type {string | null} */
  token = null;
  /** Resolves when the socket has told the end of the session. */
  ended = Promise.resolve();
  /** @type {(() => void) | null} */
  #stopListening = null;

  /**
   * @param {Device} device
   * @param {Readonly<Record<string, (screen: Screen) => unknown>>} works what each of its buttons does
   */
  constructor(device, works) {
    this.device = device;
    const part = find(document, `[data-device=${device.key}]`, HTMLElement);
    this.part = part;
    this.state = find(part, '.state', HTMLElement);
    this.log = find(part, '.log', HTMLElement);
    for (const [name, work] of Object.entries(works)) {
      find(part, `[data-run=${name}]`, HTMLButtonElement).addEventListener('click', () => void work(this));
    }
  }

  get headers() {
    return this.token === null ? {} : { authorization: `Bearer ${this.token}` };
  }

  /**
   * @param {string} text
   * @param {'in' | 'ended'} kind
   */
  show(text, kind) {
    this.state.textContent = text;
    this.part.dataset['state'] = kind;
    tell(`${this.device.title}: ${text}`);
  }

  /**
   * Runs an operation and shows it with its answer. Null where no answer arrived.
   *
   * @param {Operation} operation
   * @param {Fields} [variables]
   * @returns {Promise<Answer | null>}
   */
  async run(operation, variables) {
    const entry = addEntry(this.log, operation, variables, operation.tokenOf === null ? null : this.token);
    try {
      const answer = await send(
        { query: operation.text, variables },
        operation.tokenOf === null ? {} : this.headers,
      );
      entry.answer(answer);
      const [error] = answer.errors ?? [];
      if (error !== undefined) tell(`${this.device.title}: ${error.message}`);
      return answer;
    } catch (error) {
      entry.failed(error);
      tell(`${this.device.title}: the server did not answer.`);
      return null;
    }
  }

  /**
   * Runs an operation with one field, and tells the person what it refuses.
   *
   * @param {Operation} operation
   * @param {Fields} [variables]
   * @returns {Promise<Fields | null>} the result; null where there is none
   */
  async ask(operation, variables) {
    const answer = await this.run(operation, variables);
    const result = /** @type {Fields | null | undefined} */ (Object.values(answer?.data ?? {})[0]) ?? null;
    const message = result?.['message'];
    if (typeof message === 'string') tell(`${this.device.title}: ${message}`);
    return result;
  }

  /**
   * Runs an operation that signs in, and waits for the end of its session.
   *
   * @param {Operation} operation
   * @param {Fields} [variables] those of `register` and `login` when left out
   * @returns {Promise<Fields | null>} the result; null where there is none
   */
  async signIn(operation, variables) {
    const account = { email: email.value, password: password.value };
    const result = await this.ask(operation, variables ?? signInVariables(account, this.device));
    if (result === null) return null;
    const { token, message } = result;
    if (typeof token === 'string') {
      this.token = token;
      this.show('Signed in.', 'in');
      this.#listen(token);
    } else if (typeof message !== 'string')
      tell('This server wants the email verified first. Open the link in the mail, then sign in.');
    return result;
  }

  /** @param {string} token */
  #listen(token) {
    this.#stopListening?.();
    const entry = addEntry(this.log, sessionEnded, undefined, token);
    this.ended = new Promise((resolve) => {
      this.#stopListening = subscribe({ query: sessionEnded.text }, this.headers, {
        next: (answer) => {
          entry.answer(answer);
          const ended = /** @type {SignedOut | undefined} */ (answer.data?.['sessionEnded']);
          // News of a token that the device has replaced says nothing about its present session.
          if (ended !== undefined && token === this.token) this.show(sentenceOf(ended), 'ended');
          resolve();
        },
        complete: resolve,
        error: (error) => {
          entry.failed(error);
          resolve();
        },
      });
    });
  }

  forget() {
    this.#stopListening?.();
    this.token = null;
    this.log.replaceChildren();
    this.state.textContent = 'Not signed in.';
    this.part.dataset['state'] = 'out';
  }
}

/**
 * @typedef {object} SignedOut
 * @property {string} reason
 * @property {string | null} at
 * @property {{ readonly name: string | null } | null} by
 */

/** @param {SignedOut} ended */
function sentenceOf({ reason, at, by }) {
  const time = at === null ? '' : ` at ${new Date(at).toLocaleTimeString()}`;
  const name = by?.name ?? null;
  const device = name === null ? '' : ` It came from “${name}”.`;
  return `Signed out${time}: ${reasons[reason] ?? reason}${device}`;
}

/**
 * Adds an operation to a device's log, above the earlier ones.
 *
 * @param {HTMLElement} log
 * @param {Operation} operation
 * @param {Fields | undefined} variables
 * @param {string | null} token
 */
function addEntry(log, { name, type, text }, variables, token) {
  const waits = type === 'subscription';
  const result = make('span', waits ? 'waits' : '…', 'result');
  const summary = make('summary', '');
  summary.append(make('span', `${type} `, 'type'), make('span', name, 'name'), result);
  const details = document.createElement('details');
  details.append(summary, labelled('Operation', text));
  if (variables !== undefined) details.append(labelled('Variables', readable(variables)));
  if (token !== null) {
    const label = waits ? 'Parameters of the connection' : 'Header';
    details.append(labelled(label, `Authorization: Bearer ${shorten(token)}`));
  }
  const item = document.createElement('li');
  item.append(details);
  log.prepend(item);
  const open = () => {
    for (const other of log.querySelectorAll('details')) other.open = other === details;
  };
  // What waits lets the operation before it stay open.
  if (!waits) open();
  /** @param {string} outcome @param {string} label @param {string} body */
  const finish = (outcome, label, body) => {
    result.textContent = outcome;
    details.append(labelled(label, body));
    if (!waits) return;
    log.prepend(item);
    open();
  };
  return {
    /** @param {Answer} answer */
    answer(answer) {
      finish(outcomeOf(answer), 'Answer', readable(answer));
    },
    /** @param {unknown} error */
    failed(error) {
      finish('no answer', 'Error', error instanceof Error ? error.message : String(error));
    },
  };
}

/** @param {Answer} answer */
function outcomeOf({ data, errors }) {
  const [error] = errors ?? [];
  const [field] = Object.values(data ?? {});
  const { __typename, reason, code } = /** @type {Fields} */ (error?.extensions ?? field ?? {});
  const outcome = __typename ?? reason ?? code;
  return typeof outcome === 'string' ? outcome : error === undefined ? 'OK' : 'error';
}

/**
 * @param {string} tag
 * @param {string} text
 * @param {string} [className]
 */
function make(tag, text, className = '') {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className !== '') element.className = className;
  return element;
}

/**
 * @param {string} label
 * @param {string} text
 */
function labelled(label, text) {
  const part = document.createElement('div');
  const body = make('pre', text);
  // What is wider than its box can be scrolled by the keyboard.
  body.tabIndex = 0;
  body.role = 'group';
  body.ariaLabel = label;
  part.append(make('h4', label), body);
  return part;
}

/** @param {string} token */
const shorten = (token) => `${token.slice(0, 20)}…`;

/** @param {unknown} value */
function readable(value) {
  // Session tokens, and the tokens of challenges.
  const tokens = /"(eyJ[\w-]+\.[\w-]+\.[\w-]+|[\w-]{64})"/g;
  return JSON.stringify(value, null, 2).replaceAll(
    tokens,
    (_, /** @type {string} */ token) => `"${shorten(token)}"`,
  );
}
