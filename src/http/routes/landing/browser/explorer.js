// Starts GraphiQL with the prepared operations. It sends what GraphiQL asks for, keeps the tokens of the answers, and
// puts them into the headers where a placeholder stands for one.

import { send, subscribe } from './client.js';
import { devices, documents, operations, person, tokenPlaceholder } from './operations.js';

/** @import { Answer, Listener, Request } from './client.js' */
/** @import { Device } from './operations.js' */
/** @typedef {Readonly<Record<string, string>>} Headers */
/** @typedef {Readonly<Record<string, unknown>>} Fields */

/**
 * @typedef {object} GraphiQL
 * @property {(root: Element, options: object) => void} renderYogaGraphiQL
 */

const root = /** @type {HTMLElement} */ (document.querySelector('#explorer'));
const status = /** @type {HTMLElement} */ (document.querySelector('#status'));

// Monaco starts its workers from here instead of from a blob, which would need a weaker policy.
Object.assign(globalThis, {
  MonacoEnvironment: {
    globalAPI: false,
    getWorkerUrl: (/** @type {string} */ _id, /** @type {string} */ label) =>
      `${root.dataset['files'] ?? ''}${label}.js`,
  },
});

/** The last until the browser's tab is closed, like what is typed into the editor. */
const memory = sessionStorage;

/**
 * Puts the tokens in the place of their placeholders. A header whose device has no token yet is left out.
 *
 * @param {Headers} headers as typed
 */
function withTokens(headers) {
  /** @type {Record<string, string>} */
  const filled = {};
  for (const [name, value] of Object.entries(headers)) {
    const device = devices.find((other) => value.includes(tokenPlaceholder(other)));
    const token = device === undefined ? '' : memory.getItem(`token:${device.key}`);
    if (token === null) continue;
    filled[name] = device === undefined ? value : value.replace(tokenPlaceholder(device), token);
  }
  return filled;
}

/** @param {Answer} answer */
function keepTokens({ data }) {
  for (const field of Object.values(data ?? {})) {
    const { token, session } = /** @type {Fields} */ (field ?? {});
    const { device: by } = /** @type {{ device?: Partial<Device> }} */ (session ?? {});
    const device = devices.find(({ kind }) => kind === by?.kind);
    if (typeof token !== 'string' || device === undefined) continue;
    memory.setItem(`token:${device.key}`, token);
    status.textContent = `The ${device.key} is signed in. Its token replaces ${tokenPlaceholder(device)} in the headers.`;
  }
}

/**
 * Finds the operation to run in the document. Right after a change of tabs GraphiQL still names that of the tab before; such
 * a name is left out.
 *
 * @param {Request} request
 */
function findOperation({ query, operationName }) {
  const operations = [...query.matchAll(/^\s*(query|mutation|subscription)\b\s*(\w*)/gm)];
  const named = operations.find(([, , name]) => name === operationName);
  const [, type] = named ?? operations[0] ?? [];
  return { isSubscription: type === 'subscription', name: named?.[2] ?? null };
}

/**
 * @param {Request} asked
 * @param {{ readonly headers?: Headers }} [options]
 */
function fetcher(asked, options) {
  const headers = withTokens(options?.headers ?? {});
  const { isSubscription, name } = findOperation(asked);
  const request = { ...asked, operationName: name };
  if (isSubscription) {
    return {
      /** @param {Listener} listener */
      subscribe: (listener) => ({ unsubscribe: subscribe(request, headers, listener) }),
    };
  }
  return send(request, headers).then((answer) => {
    keepTokens(answer);
    return answer;
  });
}

// An email of its own, so that Register works each time.
const email = `ada-${crypto.randomUUID().slice(0, 8)}@example.com`;

const tabs = operations.map(({ variables, tokenOf }, index) => ({
  query: documents[index],
  variables: JSON.stringify(variables, null, 2).replace(person.email, email),
  headers:
    tokenOf === null ? '' : JSON.stringify({ authorization: `Bearer ${tokenPlaceholder(tokenOf)}` }, null, 2),
}));

const { YogaGraphiQL } = /** @type {{ YogaGraphiQL?: GraphiQL }} */ (/** @type {unknown} */ (globalThis));
if (YogaGraphiQL === undefined) status.textContent = 'GraphiQL could not be loaded.';
else {
  YogaGraphiQL.renderYogaGraphiQL(root, {
    title: ' ',
    logo: ' ',
    fetcher,
    storage: memory,
    defaultTabs: tabs,
    // GraphiQL shows the first tab's variables only when it is told them a second time.
    ...(memory.getItem('graphiql:tabState') === null ? { initialVariables: tabs[0]?.variables } : {}),
    // Instead of keeping the document in the page's URL.
    onEditQuery: () => undefined,
  });
}
