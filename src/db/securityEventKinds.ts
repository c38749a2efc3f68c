// What the audit trail tells of: the acts, and what can come of each. The table allows nothing else.

/** The acts by their mutations' names, and what an operator does. */
export const securityEventKinds = [
  'REGISTER',
  'LOGIN',
  'LOGOUT',
  'END_SESSION',
  'END_OTHER_SESSIONS',
  'CHANGE_PASSWORD',
  'RESET_PASSWORD',
  'VERIFY_EMAIL',
  'REQUEST_EMAIL_CHANGE',
  'CONFIRM_EMAIL_CHANGE',
  'DELETE_ACCOUNT',
  'OPERATOR_DISABLE',
  'OPERATOR_ENABLE',
  'OPERATOR_END_SESSIONS',
] as const;

export const securityEventOutcomes = [
  'SUCCEEDED',
  'WRONG_PASSWORD',
  'TOO_MANY_ATTEMPTS',
  'ACCOUNT_DISABLED',
  'EMAIL_NOT_VERIFIED',
  'SESSION_LIMIT_REACHED',
  'EMAIL_TAKEN',
] as const;

/** What can come of each act. */
export const outcomesOfKinds = {
  REGISTER: ['SUCCEEDED', 'EMAIL_TAKEN'],
  LOGIN: [
    'SUCCEEDED',
    'WRONG_PASSWORD',
    'TOO_MANY_ATTEMPTS',
    'ACCOUNT_DISABLED',
    'EMAIL_NOT_VERIFIED',
    'SESSION_LIMIT_REACHED',
  ],
  LOGOUT: ['SUCCEEDED'],
  END_SESSION: ['SUCCEEDED'],
  END_OTHER_SESSIONS: ['SUCCEEDED'],
  CHANGE_PASSWORD: ['SUCCEEDED', 'WRONG_PASSWORD', 'TOO_MANY_ATTEMPTS'],
  RESET_PASSWORD: ['SUCCEEDED'],
  VERIFY_EMAIL: ['SUCCEEDED'],
  REQUEST_EMAIL_CHANGE: ['SUCCEEDED', 'WRONG_PASSWORD', 'TOO_MANY_ATTEMPTS'],
  CONFIRM_EMAIL_CHANGE: ['SUCCEEDED'],
  DELETE_ACCOUNT: ['SUCCEEDED', 'WRONG_PASSWORD', 'TOO_MANY_ATTEMPTS'],
  OPERATOR_DISABLE: ['SUCCEEDED'],
  OPERATOR_ENABLE: ['SUCCEEDED'],
  OPERATOR_END_SESSIONS: ['SUCCEEDED'],
} as const satisfies Record<
  (typeof securityEventKinds)[number],
  readonly (typeof securityEventOutcomes)[number][]
>;
