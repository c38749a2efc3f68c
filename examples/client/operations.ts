// The operations of a front end. Codegen generates their types.

import { graphql } from './generated/index.js';

export const registerDocument = graphql(`
  mutation Register($input: RegisterInput!) {
    register(input: $input) {
      __typename
      ... on RegisterSuccess {
        token
        expiresAt
        session {
          id
        }
        user {
          id
          email
        }
      }
      ... on Problem {
        message
      }
      ... on WeakPassword {
        suggestions
      }
      ... on InvalidInput {
        issues {
          field
          message
        }
      }
    }
  }
`);

export const loginDocument = graphql(`
  mutation Login($input: LoginInput!) {
    login(input: $input) {
      __typename
      ... on LoginSuccess {
        token
        expiresAt
        session {
          id
          device {
            kind
            name
          }
          current
        }
        superseded {
          id
          endReason
          endedAt
          supersededBy {
            id
          }
        }
      }
      ... on Problem {
        message
      }
    }
  }
`);

export const meDocument = graphql(`
  query Me {
    me {
      id
      email
      emailVerified
      sessions {
        id
        current
      }
    }
  }
`);

export const sessionDocument = graphql(`
  query SessionState {
    session {
      __typename
      ... on Session {
        id
        expiresAt
      }
      ... on SignedOut {
        reason
        at
        by {
          kind
          name
        }
      }
    }
  }
`);

export const logoutDocument = graphql(`
  mutation Logout {
    logout {
      session {
        id
        endReason
      }
    }
  }
`);

export const endOtherSessionsDocument = graphql(`
  mutation EndOtherSessions {
    endOtherSessions {
      sessions {
        id
      }
    }
  }
`);

export const changePasswordDocument = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      __typename
      ... on ChangePasswordSuccess {
        token
        session {
          id
        }
        user {
          id
          sessions {
            id
          }
        }
      }
      ... on Problem {
        message
      }
    }
  }
`);
