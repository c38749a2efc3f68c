// The entry `hufu/client`: the browser's half. It needs no other package, and nothing of Node.

import { typesWithoutId } from './generated.js';

export {
  type ChangePasswordInput,
  type CompleteLoginInput,
  type CompletePasskeyLoginInput,
  type CompleteProviderLoginInput,
  type ConfirmIdentityInput,
  type DeviceInput,
  type DeviceKind,
  type LoginInput,
  type LoginWithCodeInput,
  possibleTypes,
  type RegisterInput,
  type RequestLoginCodeInput,
  type StartProviderLoginInput,
} from './generated.js';
export { type Ended, type Language, reasonSentence, type SignedOutReason } from './reasons.js';
export { loginCodeIn } from './loginCode.js';
export { type ProviderDenied } from './providerLogin.js';
export { HufuError } from './request.js';
export { type HufuSession, type SessionOptions, type UnknownState } from './hufuSession.js';
export { createSession } from './session.js';
export {
  localStore,
  memoryStore,
  type SessionState,
  type SessionStore,
  type SignedInState,
  type SignedOutState,
} from './store.js';
export { prefixTypes } from './typePrefix.js';

/** The option `keys` of urql's graphcache: an object without an `id` is kept inside its parent. */
export const graphcacheKeys = Object.fromEntries(typesWithoutId.map((type) => [type, () => null])) as Record<
  (typeof typesWithoutId)[number],
  () => null
>;
