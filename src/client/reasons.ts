// Why a session ended, as a sentence for the person.

import { type DeviceKind, type SignedOutFieldsFragment, type SignedOutReason } from './generated.js';

export type { SignedOutReason } from './generated.js';

/** The end of a session, as the server tells it. */
export type Ended = Pick<SignedOutFieldsFragment, 'reason' | 'at' | 'by'> &
  Partial<Pick<SignedOutFieldsFragment, 'sessionId'>>;

export type Language = 'en' | 'zh';

// The compiler demands a sentence for every reason, in each language.
const sentences: Record<Language, Record<SignedOutReason, string>> = {
  en: {
    NO_TOKEN: 'Please sign in.',
    INVALID_TOKEN: 'Please sign in again.',
    EXPIRED: 'You were signed in for a long time. Please sign in again.',
    IDLE: 'You were signed out because you were away.',
    SUPERSEDED: 'You were signed out because you signed in on another device.',
    LOGGED_OUT: 'You have signed out.',
    REVOKED: 'This device was signed out from another one.',
    PASSWORD_CHANGED: 'The password was changed. Please sign in with the new one.',
    PROVIDER_ENDED: 'You signed out at the provider that you had signed in with.',
    ACCOUNT_DISABLED: 'This account is disabled.',
    ACCOUNT_DELETED: 'This account was deleted.',
  },
  zh: {
    NO_TOKEN: '请登录。',
    INVALID_TOKEN: '请重新登录。',
    EXPIRED: '登录时间已久,请重新登录。',
    IDLE: '由于长时间未使用,您已退出登录。',
    SUPERSEDED: '您在另一台设备上登录,本设备已退出登录。',
    LOGGED_OUT: '您已退出登录。',
    REVOKED: '本设备已从另一台设备上退出登录。',
    PASSWORD_CHANGED: '密码已更改,请使用新密码登录。',
    PROVIDER_ENDED: '您已在登录所用的第三方平台退出登录。',
    ACCOUNT_DISABLED: '此账户已停用。',
    ACCOUNT_DELETED: '此账户已删除。',
  },
};

const otherDevice: Record<Language, (name: string) => string> = {
  en: (name) => `You were signed out because you signed in on another device: ${name}.`,
  zh: (name) => `您在另一台设备(${name})上登录,本设备已退出登录。`,
};

/** Returns the sentence for the end of a session. It names the other device where that has a name. */
export function reasonSentence(
  { reason, by }: Pick<Ended, 'reason' | 'by'>,
  language: Language = 'en',
): string {
  const name = by?.name ?? null;
  if (reason === 'SUPERSEDED' && name !== null) return otherDevice[language](name);
  return sentences[language][reason];
}

/** Reads the end of a session as a server or an older client has written it; null where its reason is unknown. */
export function readEnded(value: unknown): Ended | null {
  const { reason, at, by, sessionId } = Object(value) as Readonly<Record<keyof Ended, unknown>>;
  if (!isSignedOutReason(reason)) return null;
  const { kind, name } = Object(by) as Readonly<Record<'kind' | 'name', unknown>>;
  return {
    reason,
    at: textOrNull(at),
    by: typeof kind === 'string' ? { kind: kind as DeviceKind, name: textOrNull(name) } : null,
    ...(typeof sessionId === 'string' ? { sessionId } : {}),
  };
}

function isSignedOutReason(value: unknown): value is SignedOutReason {
  return typeof value === 'string' && Object.hasOwn(sentences.en, value);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
