// The kinds that several tables name.

export const deviceKinds = ['WEB', 'DESKTOP', 'MOBILE', 'TABLET', 'TV', 'OTHER'] as const;

export const endReasons = [
  'EXPIRED',
  'IDLE',
  'SUPERSEDED',
  'LOGGED_OUT',
  'REVOKED',
  'PASSWORD_CHANGED',
  'ACCOUNT_DISABLED',
  'ACCOUNT_DELETED',
] as const;
