// Reads the audit trail as its user does.

import { expect } from 'vitest';

import { gql, type Operation } from '../support/gql.js';
import { loginOperation } from '../support/operations.js';

export interface EventFields {
  readonly id: string;
  readonly kind: string;
  readonly outcome: string;
  readonly at: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly device: { readonly kind: string; readonly name: string | null } | null;
  readonly sessionId: string | null;
}

export interface EventPage {
  readonly edges: readonly { readonly cursor: string; readonly node: EventFields }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const eventFields = 'id kind outcome at ipAddress userAgent device { kind name } sessionId';

export const eventsOperation: Operation<{ me: { securityEvents: EventPage } | null }> = `
  query Events($first: Int! = 100, $after: String) {
    me {
      securityEvents(first: $first, after: $after) {
        edges { cursor node { ${eventFields} } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }`;

export async function pageOf(
  url: string,
  token: string,
  variables: { readonly first?: number; readonly after?: string | null } = {},
): Promise<EventPage> {
  const { data, errors } = await gql(url, { query: eventsOperation, variables, token });
  if (data?.me == null) throw new Error(`refused: ${JSON.stringify(errors)}`);
  return data.me.securityEvents;
}

/** Returns the newest 100 events, the oldest first. */
export async function eventsOf(url: string, token: string): Promise<readonly EventFields[]> {
  return (await pageOf(url, token)).edges.map(({ node }) => node).toReversed();
}

/** Returns the kinds and outcomes of the events, the oldest first. */
export async function happeningsOf(url: string, token: string): Promise<readonly string[]> {
  return (await eventsOf(url, token)).map(({ kind, outcome }) => `${kind} ${outcome}`);
}

/** Waits until the events are as expected: some are written after their response. */
export async function expectHappenings(url: string, token: string, expected: readonly string[]) {
  await expect.poll(() => happeningsOf(url, token), { timeout: 10_000 }).toEqual(expected);
}

/** Signs in and returns the type of the result. */
export async function loginResult(url: string, email: string, password: string): Promise<string> {
  const variables = { input: { email, password, device: { kind: 'TV', name: 'Living room' } } };
  const { data, errors } = await gql(url, { query: loginOperation, variables });
  return data?.login.__typename ?? JSON.stringify(errors);
}
