
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
      "LinkRejected"
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
      "VerificationSent",
      "WeakPassword"
    ],
    "RequestEmailChangeResult": [
      "InvalidCredentials",
      "InvalidInput",
      "MailSent",
      "TooManyAttempts"
    ],
    "ResetPasswordResult": [
      "InvalidInput",
      "LinkRejected",
      "ResetPasswordSuccess",
      "WeakPassword"
    ],
    "SessionState": [
      "Session",
      "SignedOut"
    ],
    "VerifyEmailResult": [
      "LinkRejected",
      "VerifyEmailSuccess"
    ]
  }
};
      export default result;
    