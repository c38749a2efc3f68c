// The operations that the session sends. Their types are generated from schema.graphql; so the schema refuses a document
// that does not fit it.

const signedIn = /* GraphQL */ `
  fragment SignedInSession on Session {
    id
    expiresAt
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
      ... on RegisterSuccess {
        token
        session {
          ...SignedInSession
        }
        user {
          id
        }
      }
      ... on VerificationRequested {
        to
      }
      ...ProblemFields
    }
  }
  ${signedIn}
  ${problem}
`;

export const loginDocument = /* GraphQL */ `
  mutation Login($input: LoginInput!) {
    login(input: $input) {
      __typename
      ... on LoginSuccess {
        token
        session {
          ...SignedInSession
        }
        user {
          id
        }
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
  ${signedIn}
  ${problem}
`;

export const completeLoginDocument = /* GraphQL */ `
  mutation CompleteLogin($input: CompleteLoginInput!) {
    completeLogin(input: $input) {
      __typename
      ... on LoginSuccess {
        token
        session {
          ...SignedInSession
        }
        user {
          id
        }
      }
      ...ProblemFields
    }
  }
  ${signedIn}
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
      ... on LoginSuccess {
        token
        session {
          ...SignedInSession
        }
        user {
          id
        }
      }
      ...ProblemFields
    }
  }
  ${signedIn}
  ${problem}
`;

export const completePasskeyLoginDocument = /* GraphQL */ `
  mutation CompletePasskeyLogin($input: CompletePasskeyLoginInput!) {
    completePasskeyLogin(input: $input) {
      __typename
      ... on LoginSuccess {
        token
        session {
          ...SignedInSession
        }
        user {
          id
        }
      }
      ...ProblemFields
    }
  }
  ${signedIn}
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
      ... on LoginSuccess {
        token
        session {
          ...SignedInSession
        }
        user {
          id
        }
      }
      ... on RegisterSuccess {
        token
        session {
          ...SignedInSession
        }
        user {
          id
        }
      }
      ...ProblemFields
    }
  }
  ${signedIn}
  ${problem}
`;

export const confirmIdentityDocument = /* GraphQL */ `
  mutation ConfirmIdentity($input: ConfirmIdentityInput!) {
    confirmIdentity(input: $input) {
      __typename
      ... on ConfirmIdentitySuccess {
        token
        session {
          ...SignedInSession
        }
        user {
          id
        }
      }
      ...ProblemFields
    }
  }
  ${signedIn}
  ${problem}
`;

export const changePasswordDocument = /* GraphQL */ `
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      __typename
      ... on ChangePasswordSuccess {
        token
        session {
          ...SignedInSession
        }
        user {
          id
        }
      }
      ...ProblemFields
    }
  }
  ${signedIn}
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
