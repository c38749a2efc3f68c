
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
    "CompletePasskeyRegistrationResult": [
      "InvalidInput",
      "PasskeyAdded",
      "PasskeyRejected",
      "TooManyAttempts",
      "TooManyPasskeys"
    ],
    "ConfirmEmailChangeResult": [
      "ConfirmEmailChangeSuccess",
      "EmailTaken",
      "LinkRejected",
      "TooManyAttempts"
    ],
    "ConfirmIdentityResult": [
      "ConfirmIdentitySuccess",
      "InvalidCredentials",
      "InvalidInput",
      "TooManyAttempts"
    ],
    "DeleteAccountResult": [
      "DeleteAccountSuccess",
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
    "MintTicketResult": [
      "AudienceNotAllowed",
      "MintTicketSuccess",
      "TooManyAttempts"
    ],
    "Problem": [
      "AccountDisabled",
      "AudienceNotAllowed",
      "EmailTaken",
      "InvalidCredentials",
      "InvalidInput",
      "LinkRejected",
      "PasskeyNotFound",
      "PasskeyRejected",
      "PasswordExists",
      "SessionLimitReached",
      "SessionNotFound",
      "TooManyAttempts",
      "TooManyPasskeys",
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
    "RenamePasskeyResult": [
      "InvalidInput",
      "PasskeyNotFound",
      "PasskeyRenamed",
      "TooManyAttempts"
    ],
    "RequestEmailChangeResult": [
      "EmailRequested",
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
    "SetPasswordResult": [
      "InvalidInput",
      "PasswordExists",
      "SetPasswordSuccess",
      "TooManyAttempts",
      "WeakPassword"
    ],
    "StartPasskeyRegistrationResult": [
      "PasskeyRegistrationStarted",
      "TooManyAttempts",
      "TooManyPasskeys"
    ],
    "VerifyEmailResult": [
      "LinkRejected",
      "TooManyAttempts",
      "VerifyEmailSuccess"
    ]
  }
};
      export default result;
    