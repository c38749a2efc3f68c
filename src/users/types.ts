// Users outside the database: plain values, never rows. `hufu/remote` shows them to servers that have no database.

import type { authenticationMethods, deviceKinds } from '../db/schema/kinds.js';

/** How a person proves who they are. */
export type AuthenticationMethod = (typeof authenticationMethods)[number];

export type DeviceKind = (typeof deviceKinds)[number];

export interface Device {
  readonly kind: DeviceKind;
  readonly name: string | null;
}

/** The client of a request; either part may be unknown. */
export interface ClientInfo {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

export interface User {
  readonly id: string;
  readonly email: string;
  readonly emailVerifiedAt: Date | null;
  readonly createdAt: Date;
  readonly lastLoginAt: Date | null;
  /** How the user can prove who they are. */
  readonly methods: readonly AuthenticationMethod[];
}
