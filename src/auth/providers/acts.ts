// The requests that providers send themselves: a posted response, and the end of a session there.

import { ServiceUnavailableError } from '../../common/errors.js';
import { type ClientInfo } from '../../users/types.js';
import { type AccountServices, servicesFor } from '../services.js';
import { backChannelLogout, type BackChannelLogoutOutcome } from './backChannelLogout.js';
import { callbackPath, logoutPath } from './registry.js';

export interface ProviderActs {
  /** The paths to which providers post responses; each leads on to the front end. */
  readonly callbackPaths: readonly string[];
  /** The paths to which providers post logout tokens, and what one does. */
  readonly logouts: readonly {
    readonly path: string;
    readonly end: (logoutToken: string, clientInfo: ClientInfo) => Promise<BackChannelLogoutOutcome>;
  }[];
  /**
   * The URL of the front end that a posted response is for; null when it is for none. Only what a front end needs goes on
   * in it: neither an ID token nor a name.
   */
  onward(response: ReadonlyMap<string, string>): string | null;
}

/** The longest that ending sessions may take of the database, in milliseconds. */
const databaseMs = 4_000;

/** A registered error's name (RFC 6749, section 4.1.2.1), or one like it. */
const errorName = /^[a-z_]{1,64}$/;

/** The longest code and issuer that are passed on. */
const maxLength = 2_048;

export function createProviderActs(services: AccountServices): ProviderActs {
  const { list, redirectUriOf } = services.providers;
  return {
    callbackPaths: list.filter(({ postsResponse }) => postsResponse).map(({ id }) => callbackPath(id)),
    logouts: list
      .filter(({ readLogout }) => readLogout !== null)
      .map(({ id }) => ({
        path: logoutPath(id),
        async end(logoutToken, clientInfo) {
          try {
            const own = servicesFor(services, clientInfo, databaseMs);
            return await backChannelLogout(own, id, logoutToken, clientInfo);
          } catch (error) {
            if (error instanceof ServiceUnavailableError) return { kind: 'unavailable' };
            throw error;
          }
        },
      })),
    onward(response) {
      const state = response.get('state') ?? '';
      const redirectUri = redirectUriOf(state);
      if (redirectUri === undefined || state.length > maxLength) return null;
      const url = new URL(redirectUri);
      const { searchParams } = url;
      const [code, iss, error] = ['code', 'iss', 'error'].map((name) => response.get(name) ?? '');
      if (error !== undefined && errorName.test(error)) searchParams.set('error', error);
      else if (code !== undefined && code !== '' && code.length <= maxLength) searchParams.set('code', code);
      else return null;
      if (iss !== undefined && iss !== '' && iss.length <= maxLength) searchParams.set('iss', iss);
      searchParams.set('state', state);
      return url.href;
    },
  };
}
