
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
    "CompleteIdentityLinkResult": [
      "ChallengeRejected",
      "IdentityLinked",
      "IdentityTaken",
      "ProviderRejected",
      "ProviderUnavailable",
      "TooManyAttempts",
      "TooManyIdentities",
      "VerifiedEmailRequired"
    ],
    "CompleteLoginResult": [
      "AccountDisabled",
      "ChallengeRejected",
      "CodeRejected",
      "InvalidInput",
      "LoginSuccess",
      "PasskeyRejected",
      "SessionLimitReached",
      "TooManyAttempts"
    ],
    "CompletePasskeyLoginResult": [
      "AccountDisabled",
      "LoginSuccess",
      "PasskeyRejected",
      "SessionLimitReached",
      "TooManyAttempts"
    ],
    "CompletePasskeyRegistrationResult": [
      "InvalidInput",
      "PasskeyAdded",
      "PasskeyRejected",
      "TooManyAttempts"
    ],
    "CompleteProviderLoginResult": [
      "AccountDisabled",
      "AccountExists",
      "ChallengeRejected",
      "InvalidInput",
      "LoginSuccess",
      "ProviderRejected",
      "ProviderUnavailable",
      "RegisterSuccess",
      "SecondFactorRequired",
      "SessionLimitReached",
      "TooManyAttempts",
      "VerifiedEmailRequired"
    ],
    "CompleteRegistrationResult": [
      "ChallengeRejected",
      "CodeRejected",
      "EmailTaken",
      "InvalidInput",
      "RegisterSuccess",
      "TooManyAttempts"
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
      "PasskeyRejected",
      "TooManyAttempts"
    ],
    "ConfirmTotpEnrolmentResult": [
      "ChallengeRejected",
      "CodeRejected",
      "ConfirmTotpEnrolmentSuccess",
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
      "SecondFactorRequired",
      "SessionLimitReached",
      "TooManyAttempts"
    ],
    "LoginWithCodeResult": [
      "AccountDisabled",
      "ChallengeRejected",
      "CodeRejected",
      "LoginSuccess",
      "SecondFactorRequired",
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
      "AccountExists",
      "AudienceNotAllowed",
      "ChallengeRejected",
      "CodeRejected",
      "EmailTaken",
      "FactorNotFound",
      "IdentityNotFound",
      "IdentityTaken",
      "InvalidCredentials",
      "InvalidInput",
      "LastWayIn",
      "LinkRejected",
      "PasskeyNotFound",
      "PasskeyRejected",
      "PasswordExists",
      "ProviderRejected",
      "ProviderUnavailable",
      "SecondFactorRequired",
      "SessionLimitReached",
      "SessionNotFound",
      "TooManyAttempts",
      "TooManyIdentities",
      "TooManyPasskeys",
      "VerifiedEmailRequired",
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
    "RemoveFactorResult": [
      "FactorNotFound",
      "LastWayIn",
      "RemoveFactorSuccess",
      "TooManyAttempts"
    ],
    "RenamePasskeyResult": [
      "InvalidInput",
      "PasskeyNotFound",
      "PasskeyRenamed",
      "TooManyAttempts"
    ],
    "RenewRecoveryCodesResult": [
      "FactorNotFound",
      "RenewRecoveryCodesSuccess",
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
    "RequestLoginCodeResult": [
      "InvalidInput",
      "LoginCodeRequested",
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
    "StartIdentityLinkResult": [
      "IdentityLinkStarted",
      "ProviderRejected",
      "ProviderUnavailable",
      "TooManyAttempts"
    ],
    "StartPasskeyConfirmationResult": [
      "PasskeyConfirmationStarted",
      "TooManyAttempts"
    ],
    "StartPasskeyLoginResult": [
      "PasskeyLoginStarted",
      "TooManyAttempts"
    ],
    "StartPasskeyRegistrationResult": [
      "PasskeyRegistrationStarted",
      "TooManyAttempts",
      "TooManyPasskeys"
    ],
    "StartProviderLoginResult": [
      "ProviderLoginStarted",
      "ProviderRejected",
      "ProviderUnavailable",
      "TooManyAttempts"
    ],
    "UnlinkIdentityResult": [
      "IdentityNotFound",
      "IdentityUnlinked",
      "LastWayIn",
      "TooManyAttempts"
    ],
    "VerifyEmailResult": [
      "LinkRejected",
      "TooManyAttempts",
      "VerifyEmailSuccess"
    ]
  }
};
      export default result;
    