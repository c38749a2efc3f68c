// A user of a test: registered and signed in as a client would be, and signed out for any reason.

import { randomUUID } from 'node:crypto';

import { disableAccount, endSessionsOf } from '../auth/admin.js';
import { changePassword } from '../auth/changePassword.js';
import { deleteAccount } from '../auth/deleteAccount.js';
import { login } from '../auth/login.js';
import { register } from '../auth/register.js';
import { type AccountServices } from '../auth/services.js';
import { endSessions } from '../sessions/end.js';
import { readLive } from '../sessions/live.js';
import { logout } from '../sessions/revoke.js';
import { type SignedIn } from '../sessions/open.js';
import { type EndReason, type Session, type SignedOutReason } from '../sessions/types.js';
import { type ClientInfo, type Device } from '../users/types.js';
import { lockUser } from '../users/users.js';
import { createClient, type TestClient, type TestServer } from './client.js';

export interface TestUser {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  /** Null after `signOutAs('NO_TOKEN')`. */
  readonly token: string | null;
  readonly sessionId: string;
  /** The headers of a request: `authorization`, or none. */
  readonly headers: Readonly<Record<string, string>>;
  /** A client with the user's token; left out, the server is Hufu's own schema alone. */
  client(server?: TestServer): TestClient;
  /** Signs the user in once more; this user then has the new token. */
  signIn(device?: Partial<Device>): Promise<void>;
  /** Ends the session for this reason, by the act that ends it in life. The user keeps the token, which is refused then. */
  signOutAs(reason: SignedOutReason): Promise<void>;
}

export interface UserOptions {
  readonly email?: string;
  readonly password?: string;
  readonly device?: Partial<Device>;
}

const somePassword = 'correct horse battery staple';
const clientInfo: ClientInfo = { ip: null, userAgent: 'hufu/testing' };

/**
 * Registers a user and signs them in.
 *
 * @param ownServer Hufu's own schema alone
 * @throws when Hufu refuses the registration
 */
export async function createUser(
  services: AccountServices,
  ownServer: TestServer,
  options: UserOptions,
): Promise<TestUser> {
  const { email = `${randomUUID()}@example.com`, password: firstPassword = somePassword } = options;
  let password = firstPassword;
  let held = successOf(
    await register(services, { email, password, device: deviceOf(options.device) }, clientInfo),
  );
  let token: string | null = held.token;

  const signInElsewhere = async (device?: Partial<Device>) => {
    const input = { email, password, device: deviceOf(device), takeover: true };
    return successOf(await login(services, input, clientInfo));
  };

  /** Ends the session if it is live, as time, a newer session or a provider would. */
  const endAs = async (reason: EndReason, successor?: Session) => {
    const ended = await services.database.transact(async (tx) => {
      const [, live] = await Promise.all([lockUser(tx, held.user.id), readLive(tx, held.user.id)]);
      const own = live.filter(({ id }) => id === held.session.id);
      const supersededBy = successor?.id ?? null;
      const ending = own.map((one) => ({ ...one, supersededBy }));
      return endSessions(tx, ending, reason, services.clock.now());
    });
    services.endEvents.publish(ended);
  };

  // The compiler demands a way for every reason.
  const ways: Readonly<Record<SignedOutReason, () => Promise<unknown>>> = {
    NO_TOKEN() {
      token = null;
      return Promise.resolve();
    },
    INVALID_TOKEN() {
      // Another signature. The bits of its very last letter do not all count.
      token = held.token.replace(/..$/, (last) => (last.startsWith('A') ? 'BA' : 'AA'));
      return Promise.resolve();
    },
    EXPIRED: () => endAs('EXPIRED'),
    IDLE: () => endAs('IDLE'),
    async SUPERSEDED() {
      const newer = await signInElsewhere({ kind: 'DESKTOP', name: 'Another device' });
      // Where the policy has room for both.
      await endAs('SUPERSEDED', newer.session);
    },
    LOGGED_OUT: () => logout(services, held.session, clientInfo),
    REVOKED: () => endSessionsOf(services, held.user.id),
    async PASSWORD_CHANGED() {
      const newPassword = `${password} again`;
      successOf(await changePassword(services, held, { currentPassword: password, newPassword }, clientInfo));
      password = newPassword;
    },
    PROVIDER_ENDED: () => endAs('PROVIDER_ENDED'),
    ACCOUNT_DISABLED: () => disableAccount(services, held.user.id),
    ACCOUNT_DELETED: () => deleteAccount(services, held.session, clientInfo),
  };

  const headers = (): Readonly<Record<string, string>> =>
    token === null ? {} : { authorization: `Bearer ${token}` };

  return {
    id: held.user.id,
    email,
    get password() {
      return password;
    },
    get token() {
      return token;
    },
    get sessionId() {
      return held.session.id;
    },
    get headers() {
      return headers();
    },
    client: (server = ownServer) => createClient(server, headers),
    async signIn(device) {
      held = await signInElsewhere(device);
      token = held.token;
    },
    async signOutAs(reason) {
      await ways[reason]();
    },
  };
}

function deviceOf({ kind = 'OTHER', name = null }: Partial<Device> = {}): Device {
  return { kind, name };
}

function successOf(outcome: SignedIn | { readonly kind: string }): SignedIn {
  if (outcome.kind === 'signedIn' && 'token' in outcome) return outcome;
  throw new Error(`The server refused it: ${JSON.stringify(outcome)}`);
}
