// The operations that the development pages offer: the story of a second login, in the order in which to try it. The
// server renders them as text; the pages' scripts load this file and run them.

/**
 * @typedef {object} Device
 * @property {'phone' | 'laptop' | 'browser'} key
 * @property {string} title
 * @property {'MOBILE' | 'DESKTOP' | 'WEB'} kind
 * @property {string} name
 */

/**
 * @typedef {object} Operation
 * @property {string} name
 * @property {'query' | 'mutation' | 'subscription'} type
 * @property {string} hint what to do and what the answer will be
 * @property {Device | null} tokenOf the device whose token the operation sends; null where it needs none
 * @property {Readonly<Record<string, unknown>>} variables
 * @property {string} text
 */

/** @type {Device} */
export const phone = { key: 'phone', title: 'Phone', kind: 'MOBILE', name: "Ada's phone" };
/** @type {Device} */
export const laptop = { key: 'laptop', title: 'Laptop', kind: 'DESKTOP', name: "Ada's laptop" };

export const devices = [phone, laptop];

export const person = { email: 'ada@example.com', password: 'three-lanterns-by-the-quay' };

/**
 * The input of `register` and `login`.
 *
 * @param {{ readonly email: string, readonly password: string }} account
 * @param {Device} device
 */
export function signInVariables({ email, password }, { kind, name }) {
  return { input: { email, password, device: { kind, name } } };
}

/**
 * What stands for a device's token until there is one. The explorer replaces it when it sends the operation.
 *
 * @param {Device} device
 */
export function tokenPlaceholder({ key }) {
  return `<${key} token>`;
}

/** @type {Operation} */
export const register = {
  name: 'Register',
  type: 'mutation',
  hint: 'Create an account and sign in on the phone. The token in the answer is the phone’s.',
  tokenOf: null,
  variables: signInVariables(person, phone),
  text: `mutation Register($input: RegisterInput!) {
  register(input: $input) {
    __typename
    ... on RegisterSuccess {
      token
      expiresAt
      session { id device { kind name } }
      user { id email }
    }
    ... on VerificationRequested { to }
    ... on Problem { message }
    ... on InvalidInput { issues { field message } }
    ... on WeakPassword { suggestions }
  }
}`,
};

/** @type {Operation} */
export const me = {
  name: 'Me',
  type: 'query',
  hint: 'Ask who is signed in, with the phone’s token.',
  tokenOf: phone,
  variables: {},
  text: `query Me {
  me {
    id
    email
    lastLoginAt
    sessions { id device { kind name } signedInAt lastSeenAt current }
  }
}`,
};

/** @type {Operation} */
export const sessionEnded = {
  name: 'SessionEnded',
  type: 'subscription',
  hint: 'Wait on the phone for the end of its session. GraphiQL stops waiting when you change tabs: sign in from another window.',
  tokenOf: phone,
  variables: {},
  text: `subscription SessionEnded {
  sessionEnded { reason sessionId at by { kind name } }
}`,
};

/** @type {Operation} */
export const login = {
  name: 'Login',
  type: 'mutation',
  hint: 'Sign in on the laptop. The answer names the phone’s session, which this login supersedes.',
  tokenOf: null,
  variables: signInVariables(person, laptop),
  text: `mutation Login($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess {
      token
      expiresAt
      session { id device { kind name } }
      superseded { id device { kind name } endedAt endReason }
    }
    ... on Problem { message }
    ... on InvalidInput { issues { field message } }
  }
}`,
};

/** @type {Operation} */
export const session = {
  name: 'Session',
  type: 'query',
  hint: 'Ask what the phone’s token stands for now: signed out, why, when and by which device. Me refuses it.',
  tokenOf: phone,
  variables: {},
  text: `query Session {
  session {
    __typename
    ... on Session { id device { kind name } signedInAt expiresAt }
    ... on SignedOut { reason at by { kind name } }
  }
}`,
};

/** @type {Operation} */
export const logout = {
  name: 'Logout',
  type: 'mutation',
  hint: 'Sign out on the laptop.',
  tokenOf: laptop,
  variables: {},
  text: `mutation Logout {
  logout {
    session { id device { kind name } endedAt endReason }
  }
}`,
};

export const operations = [register, me, sessionEnded, login, session, logout];

/** Each under its hint, in comments that fit a narrow editor. */
export const documents = operations.map(({ hint, text }, index) => {
  const lines = `${String(index + 1)}. ${hint}`.match(/\S.{0,47}(?=\s|$)/g) ?? [];
  return `${lines.map((line) => `# ${line}`).join('\n')}\n${text}\n`;
});
