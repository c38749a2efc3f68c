// The operations that the session sends. Their types are generated from schema.graphql; so the schema refuses a document
// that does not fit it.

const registered = /* GraphQL */ `
  fragment RegisterFields on RegisterSuccess {
    token
    session {
      id
      expiresAt
    }
    user {
      id
    }
  }
`;

const loggedIn = /* GraphQL */ `
  fragment LoginFields on LoginSuccess {
    token
    session {
      id
      expiresAt
    }
    user {
      id
    }
  }
`;

const problem = /* GraphQL */ `
  fragment ProblemFields on Problem {
    __typename
    message
    ... on WeakPassword {
      suggestions
    }
    ... on InvalidInput {
      issues {
        field
        message
      }
    }
    ... on TooManyAttempts {
      retryAt
    }
    ... on AccountExists {
      methods
    }
    ... on CodeRejected {
      triesLeft
    }
    ... on SecondFactorRequired {
      challenge {
        token
        expiresAt
        factors
      }
      passkeyOptions
    }
    ... on SessionLimitReached {
      sessions {
        id
        lastSeenAt
        device {
          kind
          name
        }
      }
    }
  }
`;

export const registerDocument = /* GraphQL */ `
  mutation Register($input: RegisterInput!) {
    register(input: $input) {
      __typename
      ...RegisterFields
      ... on VerificationRequested {
        to
      }
      ...ProblemFields
    }
  }
  ${registered}
  ${problem}
`;

export const loginDocument = /* GraphQL */ `
  mutation Login($input: LoginInput!) {
    login(input: $input) {
      __typename
      ...LoginFields
      ... on LoginSuccess {
        superseded {
          id
          device {
            kind
            name
          }
        }
      }
      ...ProblemFields
    }
  }
  ${loggedIn}
  ${problem}
`;

export const completeLoginDocument = /* GraphQL */ `
  mutation CompleteLogin($input: CompleteLoginInput!) {
    completeLogin(input: $input) {
      __typename
      ...LoginFields
      ...ProblemFields
    }
  }
  ${loggedIn}
  ${problem}
`;

export const requestLoginCodeDocument = /* GraphQL */ `
  mutation RequestLoginCode($input: RequestLoginCodeInput!) {
    requestLoginCode(input: $input) {
      __typename
      ... on LoginCodeRequested {
        to
        challenge {
          token
          expiresAt
        }
      }
      ...ProblemFields
    }
  }
  ${problem}
`;

export const loginWithCodeDocument = /* GraphQL */ `
  mutation LoginWithCode($input: LoginWithCodeInput!) {
    loginWithCode(input: $input) {
      __typename
      ...LoginFields
      ...ProblemFields
    }
  }
  ${loggedIn}
  ${problem}
`;

export const completePasskeyLoginDocument = /* GraphQL */ `
  mutation CompletePasskeyLogin($input: CompletePasskeyLoginInput!) {
    completePasskeyLogin(input: $input) {
      __typename
      ...LoginFields
      ...ProblemFields
    }
  }
  ${loggedIn}
  ${problem}
`;

export const startProviderLoginDocument = /* GraphQL */ `
  mutation StartProviderLogin($input: StartProviderLoginInput!) {
    startProviderLogin(input: $input) {
      __typename
      ... on ProviderLoginStarted {
        url
        challenge {
          token
          expiresAt
        }
      }
      ...ProblemFields
    }
  }
  ${problem}
`;

export const completeProviderLoginDocument = /* GraphQL */ `
  mutation CompleteProviderLogin($input: CompleteProviderLoginInput!) {
    completeProviderLogin(input: $input) {
      __typename
      ...LoginFields
      ...RegisterFields
      ...ProblemFields
    }
  }
  ${loggedIn}
  ${registered}
  ${problem}
`;

export const confirmIdentityDocument = /* GraphQL */ `
  mutation ConfirmIdentity($input: ConfirmIdentityInput!) {
    confirmIdentity(input: $input) {
      __typename
      ... on ConfirmIdentitySuccess {
        token
        session {
          id
          expiresAt
        }
        user {
          id
        }
      }
      ...ProblemFields
    }
  }
  ${problem}
`;

export const changePasswordDocument = /* GraphQL */ `
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      __typename
      ... on ChangePasswordSuccess {
        token
        session {
          id
          expiresAt
        }
        user {
          id
        }
      }
      ...ProblemFields
    }
  }
  ${problem}
`;

export const logoutDocument = /* GraphQL */ `
  mutation Logout {
    logout {
      session {
        id
      }
    }
  }
`;

const signedOut = /* GraphQL */ `
  fragment SignedOutFields on SignedOut {
    sessionId
    reason
    at
    by {
      kind
      name
    }
  }
`;

export const sessionStateDocument = /* GraphQL */ `
  query SessionState {
    session {
      __typename
      ... on Session {
        id
      }
      ...SignedOutFields
    }
  }
  ${signedOut}
`;

export const sessionEndedDocument = /* GraphQL */ `
  subscription SessionEnded {
    sessionEnded {
      ...SignedOutFields
    }
  }
  ${signedOut}
`;
