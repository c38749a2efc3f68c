// Mints tickets: proofs of a live session for servers that verify by themselves. A ticket outlives its session by at most
// its own minute, which is why it is short and why it is never renewed without the session's row.

import { randomUUID } from 'node:crypto';

import { type Clock } from '../common/clock.js';
import { type Metrics } from '../observability/metrics.js';
import { authenticationClaims } from '../sessions/claims.js';
import { type Session } from '../sessions/types.js';
import { toSeconds } from '../tokens/jwt.js';
import { type PublicJwk, signTicket } from '../tokens/ticket.js';
import { type SigningKeys } from './signingKeys.js';

/** How a server expects the claims: as RFC 9068 has them, or with those of Hasura beside them. */
export type ClaimsForm = 'plain' | 'hasura';

/** The longest life of a ticket, in seconds. */
const ticketSeconds = 60;

export type MintOutcome =
  | { readonly kind: 'minted'; readonly ticket: string; readonly expiresAt: Date }
  /** The audience is none of `TICKET_AUDIENCES`. */
  | { readonly kind: 'audienceNotAllowed' };

export interface Tickets {
  /**
   * Mints a ticket of a session that is live now.
   *
   * @param clientId the service that asks; the audience of session tokens where the user's own client asks
   * @throws DatabaseUnavailable
   */
  mint(session: Session, audience: string, clientId?: string): Promise<MintOutcome>;
  /** The public keys; see {@link SigningKeys.published}. */
  published(): Promise<readonly PublicJwk[]>;
  /** See {@link SigningKeys.maintain}. */
  maintain(): Promise<void>;
}

export interface TicketsParts {
  readonly keys: SigningKeys;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly issuer: string;
  /** The `client_id` of tickets that a user's own client asks for. */
  readonly ownClientId: string;
  readonly audiences: ReadonlyMap<string, ClaimsForm>;
}

export function createTickets({
  keys,
  clock,
  metrics,
  issuer,
  ownClientId,
  audiences,
}: TicketsParts): Tickets {
  return {
    async mint(session, audience, clientId) {
      const form = audiences.get(audience);
      if (form === undefined) return { kind: 'audienceNotAllowed' };
      const key = await keys.current();
      const iat = toSeconds(clock.now());
      const exp = Math.min(iat + ticketSeconds, toSeconds(session.expiresAt));
      const ticket = signTicket(key, {
        iss: issuer,
        sub: session.userId,
        aud: audience,
        exp,
        iat,
        jti: randomUUID(),
        client_id: clientId ?? ownClientId,
        sid: session.id,
        scope: 'session',
        ...authenticationClaims(session),
        ...(form === 'hasura' ? hasuraClaims(session) : {}),
      });
      metrics.count('tickets_minted', { by: clientId === undefined ? 'user' : 'service' });
      return { kind: 'minted', ticket, expiresAt: new Date(exp * 1_000) };
    },
    published: () => keys.published(),
    maintain: () => keys.maintain(),
  };
}

/** Hasura reads its session variables from this namespace, all of them texts. */
function hasuraClaims({ userId, id }: Session) {
  return {
    'https://hasura.io/jwt/claims': {
      'x-hasura-allowed-roles': ['user'],
      'x-hasura-default-role': 'user',
      'x-hasura-user-id': userId,
      'x-hasura-session-id': id,
    },
  };
}
