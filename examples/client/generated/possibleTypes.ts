
      export interface PossibleTypesResultData {
        possibleTypes: {
          [key: string]: string[]
        }
      }
      const result: PossibleTypesResultData = {
  "possibleTypes": {
    "ChangePasswordResult": [
      "ChangePasswordSuccess",
      "InvalidCredentials",
      "InvalidInput",
      "TooManyAttempts",
      "WeakPassword"
    ],
    "ConfirmEmailChangeResult": [
      "ConfirmEmailChangeSuccess",
      "EmailTaken",
      "LinkRejected",
      "TooManyAttempts"
    ],
    "DeleteAccountResult": [
      "DeleteAccountSuccess",
      "InvalidCredentials",
      "TooManyAttempts"
    ],
    "EndSessionResult": [
      "EndSessionSuccess",
      "SessionNotFound"
    ],
    "LoginResult": [
      "AccountDisabled",
      "InvalidCredentials",
      "InvalidInput",
      "LoginSuccess",
      "SessionLimitReached",
      "TooManyAttempts"
    ],
    "Problem": [
      "AccountDisabled",
      "EmailTaken",
      "InvalidCredentials",
      "InvalidInput",
      "LinkRejected",
      "SessionLimitReached",
      "SessionNotFound",
      "TooManyAttempts",
      "WeakPassword"
    ],
    "RegisterResult": [
      "EmailTaken",
      "InvalidInput",
      "RegisterSuccess",
      "TooManyAttempts",
      "VerificationRequested",
      "WeakPassword"
    ],
    "RequestEmailChangeResult": [
      "EmailRequested",
      "InvalidCredentials",
      "InvalidInput",
      "TooManyAttempts"
    ],
    "RequestEmailVerificationResult": [
      "EmailRequested",
      "TooManyAttempts"
    ],
    "RequestPasswordResetResult": [
      "EmailRequested",
      "TooManyAttempts"
    ],
    "ResetPasswordResult": [
      "InvalidInput",
      "LinkRejected",
      "ResetPasswordSuccess",
      "TooManyAttempts",
      "WeakPassword"
    ],
    "SessionState": [
      "Session",
      "SignedOut"
    ],
    "VerifyEmailResult": [
      "LinkRejected",
      "TooManyAttempts",
      "VerifyEmailSuccess"
    ]
  }
};
      export default result;
    