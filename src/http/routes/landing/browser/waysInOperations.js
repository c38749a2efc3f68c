// The operations of the page's second part: an authenticator app, passkeys, and providers.

/** @import { Device, Operation } from './operations.js' */

/** @type {Device} */
export const browser = { key: 'browser', title: 'Browser', kind: 'WEB', name: "Ada's browser" };

const opened = `token
      session { id methods device { kind name } }`;

const signedIn = `... on LoginSuccess {
      ${opened}
      superseded { id device { kind name } }
    }`;

const secondStep = `... on SecondFactorRequired {
      challenge { token expiresAt factors }
      passkeyOptions
    }`;

/**
 * @param {string} name
 * @param {Device | null} tokenOf
 * @param {string} text
 * @returns {Operation}
 */
function mutation(name, tokenOf, text) {
  return { name, type: 'mutation', hint: '', tokenOf, variables: {}, text: `mutation ${name}${text}` };
}

export const loginInSteps = mutation(
  'Login',
  null,
  `($input: LoginInput!) {
  login(input: $input) {
    __typename
    ${signedIn}
    ${secondStep}
    ... on Problem { message }
  }
}`,
);

export const completeLogin = mutation(
  'CompleteLogin',
  null,
  `($input: CompleteLoginInput!) {
  completeLogin(input: $input) {
    __typename
    ${signedIn}
    ... on Problem { message }
    ... on CodeRejected { triesLeft }
  }
}`,
);

export const startTotpEnrolment = mutation(
  'StartTotpEnrolment',
  browser,
  ` {
  startTotpEnrolment {
    challenge { token expiresAt }
    secret
    uri
  }
}`,
);

export const confirmTotpEnrolment = mutation(
  'ConfirmTotpEnrolment',
  browser,
  `($input: ConfirmTotpEnrolmentInput!) {
  confirmTotpEnrolment(input: $input) {
    __typename
    ... on ConfirmTotpEnrolmentSuccess { recoveryCodes }
    ... on Problem { message }
  }
}`,
);

export const startPasskeyRegistration = mutation(
  'StartPasskeyRegistration',
  browser,
  ` {
  startPasskeyRegistration {
    __typename
    ... on PasskeyRegistrationStarted {
      challenge { token expiresAt }
      options
    }
    ... on Problem { message }
  }
}`,
);

export const completePasskeyRegistration = mutation(
  'CompletePasskeyRegistration',
  browser,
  `($input: CompletePasskeyRegistrationInput!) {
  completePasskeyRegistration(input: $input) {
    __typename
    ... on PasskeyAdded { passkey { id name synced createdAt } }
    ... on Problem { message }
  }
}`,
);

export const startPasskeyLogin = mutation(
  'StartPasskeyLogin',
  null,
  ` {
  startPasskeyLogin {
    __typename
    ... on PasskeyLoginStarted {
      challenge { token expiresAt }
      options
    }
    ... on Problem { message }
  }
}`,
);

export const completePasskeyLogin = mutation(
  'CompletePasskeyLogin',
  null,
  `($input: CompletePasskeyLoginInput!) {
  completePasskeyLogin(input: $input) {
    __typename
    ${signedIn}
    ... on Problem { message }
    ... on PasskeyRejected { reason }
  }
}`,
);

export const startProviderLogin = mutation(
  'StartProviderLogin',
  null,
  `($input: StartProviderLoginInput!) {
  startProviderLogin(input: $input) {
    __typename
    ... on ProviderLoginStarted {
      url
      challenge { token expiresAt }
    }
    ... on Problem { message }
  }
}`,
);

export const completeProviderLogin = mutation(
  'CompleteProviderLogin',
  null,
  `($input: CompleteProviderLoginInput!) {
  completeProviderLogin(input: $input) {
    __typename
    ${signedIn}
    ... on RegisterSuccess {
      ${opened}
    }
    ${secondStep}
    ... on AccountExists { methods }
    ... on Problem { message }
  }
}`,
);

export const waysInOperations = [
  loginInSteps,
  completeLogin,
  startTotpEnrolment,
  confirmTotpEnrolment,
  startPasskeyRegistration,
  completePasskeyRegistration,
  startPasskeyLogin,
  completePasskeyLogin,
  startProviderLogin,
  completeProviderLogin,
];
