// The limits of time and space for clients, so that slow, broken and greedy ones cost little. Times are in milliseconds.

export interface HttpLimits {
  /** From the opening of the connection, or a later request's first byte, to the request's last header. */
  readonly headersMs: number;
  /** To the last byte of the body. Not less than `headersMs`. */
  readonly requestMs: number;
  /** Between an answer and the next request. Longer than the time of a proxy, so that the proxy closes first. */
  readonly keepAliveMs: number;
  /** Without a byte in either direction while a request or its answer is under way. */
  readonly silenceMs: number;
  /** How often the node checks `headersMs`, `requestMs` and `deliveryMs`. */
  readonly checkMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  /** The connections of one IPv4 address or IPv6 network, where they do not all come from a proxy. */
  readonly maxConnectionsOfNetwork: number;
  /** Requests of one connection that are not answered yet. */
  readonly maxPipelined: number;
  /** Answers that wait to be read and bodies that are not complete, in bytes of all connections together. */
  readonly maxHeldBytes: number;
  /** How long a client may take to read one answer. */
  readonly deliveryMs: number;
  /** Websockets, out of `maxConnections`: requests get through however many devices wait for events. */
  readonly maxSockets: number;
  /** The websockets of one IPv4 address or IPv6 network, so that other networks always get some. */
  readonly maxSocketsOfNetwork: number;
  /** Requests that are worked on or whose answers are not sent yet. */
  readonly maxInFlight: number;
  /** The requests of one IPv4 address or IPv6 network, so that other networks are always answered. */
  readonly maxInFlightOfNetwork: number;
}

export const defaultHttpLimits: HttpLimits = {
  headersMs: 10_000,
  requestMs: 20_000,
  keepAliveMs: 3_660_000,
  silenceMs: 60_000,
  checkMs: 1_000,
  maxHeaderBytes: 16_384,
  maxConnections: 10_000,
  maxConnectionsOfNetwork: 7_500,
  maxPipelined: 64,
  maxHeldBytes: 33_554_432,
  deliveryMs: 30_000,
  maxSockets: 8_000,
  maxSocketsOfNetwork: 6_000,
  maxInFlight: 1_000,
  maxInFlightOfNetwork: 750,
};

/** 100 KiB: the longest document of a front end has a few KiB. */
export const maxBodyBytes = 102_400;

/** The deepest JSON of a request is an input in variables, with a few levels. */
export const maxJsonDepth = 64;

/** How many lists and objects the JSON of a request may have. */
export const maxJsonNodes = 2_000;

/** How many fields of a form are read: the forms of link pages have two. */
export const maxFormFields = 16;
