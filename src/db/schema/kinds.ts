// The kinds that several tables name.

export const deviceKinds = ['WEB', 'DESKTOP', 'MOBILE', 'TABLET', 'TV', 'OTHER'] as const;

/** How a person has proved who they are; a session names those that opened it. */
export const authenticationMethods = [
  'PASSWORD',
  'TOTP',
  'RECOVERY_CODE',
  'PASSKEY',
  'PROVIDER',
  'EMAIL_CODE',
] as const;

export const endReasons = [
  'EXPIRED',
  'IDLE',
  'SUPERSEDED',
  'LOGGED_OUT',
  'REVOKED',
  'PASSWORD_CHANGED',
  'PROVIDER_ENDED',
  'ACCOUNT_DISABLED',
  'ACCOUNT_DELETED',
] as const;
