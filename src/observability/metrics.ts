// Every metric of a node, with its labels. No client can choose a label's value.

// The types alone: the library is loaded only where metrics are kept, since that takes its share of a start.
import type { Registry } from 'prom-client';

/** Counters. */
const counters = {
  http_requests: { help: 'Requests that were answered, by path and status.', labels: ['path', 'status'] },
  operations: {
    help: 'GraphQL operations that were executed or refused, by kind and by the code of the first error or OK.',
    labels: ['type', 'outcome'],
  },
  mutation_results: {
    help: 'Results of mutations, by field and by the member of its result union; OK where it has none.',
    labels: ['field', 'result'],
  },
  rejected_tokens: { help: 'Requests whose token was rejected, by reason.', labels: ['reason'] },
  feed_cut: {
    help: 'Consumers of the feed that this node cut: slow ones, and those whose service was refused since.',
    labels: ['why'],
  },
  provider_acts: {
    help: 'What providers were asked to confirm, by provider and outcome: OK, REJECTED or UNAVAILABLE.',
    labels: ['provider', 'outcome'],
  },
  sessions_ended: {
    help: 'Sessions that this node ended, by reason; SUPERSEDED for those that a newer login took the place of.',
    labels: ['reason'],
  },
  tickets_minted: { help: 'Tickets that were minted, by who asked: a user or a service.', labels: ['by'] },
} as const;

/** Durations, in seconds. */
const histograms = {
  http_request_seconds: {
    help: 'From the first line of a request to its answer, by path.',
    labels: ['path'],
  },
  hash_seconds: {
    help: 'What hashing or checking a password takes, the wait for its turn included.',
    labels: [],
  },
  event_lag_seconds: {
    help: 'From the end of a session to the moment at which a device of this node is notified.',
    labels: [],
  },
  feed_lag_seconds: {
    help: 'From the end of a session to the moment at which the consumers of the feed are notified.',
    labels: [],
  },
} as const;

/** States at the moment of the scrape. */
const gauges = {
  hashes: { help: 'Passwords that are being hashed, and those that wait.', labels: ['state'] },
  database_connections: {
    help: 'Connections to the database, by pool; waiting are pieces of work without one.',
    labels: ['pool', 'state'],
  },
  clock_ahead_seconds: {
    help: "How far this machine's clock is ahead of the database's, whose time is used; negative where it is behind.",
    labels: [],
  },
  clock_error_seconds: {
    help: "How far the database's time may be off as this node knows it.",
    labels: [],
  },
  sockets: { help: 'Open websockets.', labels: [] },
  feed_consumers: { help: 'Servers that follow the feed at this node.', labels: [] },
} as const;

type Labels<Of extends { readonly labels: readonly string[] }> = Readonly<
  Record<Of['labels'][number], string>
>;

/** One reading of a gauge. */
export interface Reading<Name extends keyof typeof gauges> {
  readonly labels: Labels<(typeof gauges)[Name]>;
  readonly value: number;
}

export interface Metrics {
  count<Name extends keyof typeof counters>(name: Name, labels: Labels<(typeof counters)[Name]>): void;
  observe<Name extends keyof typeof histograms>(
    name: Name,
    seconds: number,
    labels: Labels<(typeof histograms)[Name]>,
  ): void;
  /** Sets the function that reads the gauge at each scrape, in place of an earlier one. */
  gauge<Name extends keyof typeof gauges>(name: Name, read: () => readonly Reading<Name>[]): void;
}

/** Counts nothing. */
export const noMetrics: Metrics = {
  count: () => undefined,
  observe: () => undefined,
  gauge: () => undefined,
};

/** The methods of a registry of prom-client that Hufu uses. */
export type HostRegistry = Pick<Registry, 'registerMetric' | 'removeSingleMetric'>;

/** Metrics in a registry. */
export interface RegisteredMetrics extends Metrics {
  /** Removes the metrics from the registry. */
  close(): void;
}

export interface ReadableMetrics extends Metrics {
  /** Reads all metrics as Prometheus does, those of the process included. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const prefix = 'hufu_';

/** From a tenth of a millisecond, which a look-up takes, to the ten seconds that nothing may take. */
const buckets = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Makes the metrics of a node in a registry of its own, beside those of the process. */
export async function createMetrics(): Promise<ReadableMetrics> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = await createMetricsIn(registry);
  return {
    ...metrics,
    async read() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

/**
 * Makes the metrics in a host's registry.
 *
 * @throws when the registry has metrics of these names
 */
export async function createMetricsIn(host: HostRegistry): Promise<RegisteredMetrics> {
  const { Counter, Gauge, Histogram } = await import('prom-client');
  const registry = host as Registry;
  const readers = new Map<keyof typeof gauges, () => readonly Reading<keyof typeof gauges>[]>();
  const made = <Kind, Of extends object>(of: Of, make: (name: string, definition: Of[keyof Of]) => Kind) =>
    Object.fromEntries(
      Object.entries(of).map(([name, definition]) => [
        name,
        make(`${prefix}${name}`, definition as Of[keyof Of]),
      ]),
    ) as Readonly<Record<keyof Of, Kind>>;

  const counting = made(
    counters,
    (name, { help, labels }) =>
      new Counter({ name: `${name}_total`, help, labelNames: [...labels], registers: [registry] }),
  );
  const timing = made(
    histograms,
    (name, { help, labels }) =>
      new Histogram({ name, help, labelNames: [...labels], buckets, registers: [registry] }),
  );
  for (const name of Object.keys(gauges) as (keyof typeof gauges)[]) {
    const { help, labels } = gauges[name];
    new Gauge({
      name: `${prefix}${name}`,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        for (const reading of readers.get(name)?.() ?? []) this.set(reading.labels, reading.value);
      },
    });
  }

  return {
    count(name, labels) {
      counting[name].inc(labels);
    },
    observe(name, seconds, labels) {
      timing[name].observe(labels, seconds);
    },
    gauge(name, read) {
      readers.set(name, read);
    },
    close() {
      const names = [
        ...Object.keys(counters).map((name) => `${name}_total`),
        ...Object.keys(histograms),
        ...Object.keys(gauges),
      ];
      for (const name of names) registry.removeSingleMetric(`${prefix}${name}`);
    },
  };
}
