// A request to /graphql and its answer, as plain values: what the floor above hands over and gets back.

import { type ClientInfo } from '../users/client.js';
import { type RequestReport } from './telemetry.js';

/** Who asks, over HTTP or a websocket. */
export interface Caller {
  readonly requestId: string;
  /** The compact JWT without its scheme; null when none was presented. */
  readonly bearer: string | null;
  readonly clientInfo: ClientInfo;
}

export interface GraphqlRequest extends Caller {
  readonly method: 'GET' | 'POST';
  /**
   * The few headers that the protocol reads, by their lower-case names. A POST counts as preflighted: its content type
   * has been checked.
   */
  readonly headers: Iterable<readonly [string, string]>;
  /** The query string with its question mark, or an empty text. */
  readonly search: string;
  /** The parsed JSON body; undefined for GET. */
  readonly body: unknown;
  /** The media type of the response, which the client accepts. */
  readonly responseType: ResponseType;
  /** Whether the client has disconnected, so that no response can reach it. */
  readonly isAbandoned: () => boolean;
}

export interface GraphqlResponse {
  readonly status: number;
  readonly headers: Iterable<[string, string]>;
  readonly body: string;
  /** What the request's line in the log says about the operation; null where no line is written. */
  readonly report: RequestReport | null;
}

/** The media types of GraphQL over HTTP, as the content-type header has them. */
export const json = 'application/json; charset=utf-8';
export const graphqlResponse = 'application/graphql-response+json; charset=utf-8';

export type ResponseType = typeof json | typeof graphqlResponse;
