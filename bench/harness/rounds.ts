// Measures variants in turn, A B A B, so that other work of the machine affects all of them. A ratio is taken within a round;
// the report shows the median of these ratios, never a ratio of two medians.

import { type Generator } from './load.js';
import { type Load } from './generator.js';
import { median, short, spread } from './numbers.js';
import { type Usage } from './processes.js';

export interface Variant {
  readonly name: string;
  readonly load: Load;
  /** The processes that answer; their CPU time is added up. */
  readonly servers: readonly { usage(): Promise<Usage> }[];
  /** Gives the CPU time of the database server so far, in microseconds; left out without a server. */
  readonly databaseCpuUs?: () => number;
}

export interface Sample {
  readonly requestsPerSecond: number;
  readonly cpuUsPerRequest: number;
  readonly databaseUsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The number of cores that the servers, the database and the load generator kept busy. */
  readonly cores: { readonly servers: number; readonly database: number; readonly generator: number };
}

export interface Measured {
  readonly variant: string;
  /** One sample for each round. */
  readonly samples: readonly Sample[];
}

export interface Pace {
  readonly rounds: number;
  readonly sliceMs: number;
  readonly warmUpMs: number;
}

export async function measure(
  generator: Generator,
  variants: readonly Variant[],
  pace: Pace,
): Promise<readonly Measured[]> {
  for (const variant of variants) await take(generator, variant, pace.warmUpMs);
  const samples = variants.map((): Sample[] => []);
  for (let round = 0; round < pace.rounds; round += 1) {
    for (const [index, variant] of variants.entries()) {
      samples[index]?.push(await take(generator, variant, pace.sliceMs));
    }
  }
  return variants.map(({ name }, index) => ({ variant: name, samples: samples[index] ?? [] }));
}

/** Measures one slice of load on one variant. */
export async function take(generator: Generator, variant: Variant, durationMs: number): Promise<Sample> {
  await generator.open(variant.load);
  const serversBefore = await cpuOf(variant);
  const databaseBefore = variant.databaseCpuUs?.() ?? 0;
  const run = await generator.run(durationMs);
  const serversUs = (await cpuOf(variant)) - serversBefore;
  const databaseUs = (variant.databaseCpuUs?.() ?? 0) - databaseBefore;
  await generator.close();
  const wallUs = run.seconds * 1_000_000;
  return {
    requestsPerSecond: run.requests / run.seconds,
    cpuUsPerRequest: serversUs / run.requests,
    databaseUsPerRequest: databaseUs / run.requests,
    p50Ms: run.p50Ms,
    p99Ms: run.p99Ms,
    cores: { servers: serversUs / wallUs, database: databaseUs / wallUs, generator: run.cpuUs / wallUs },
  };
}

async function cpuOf(variant: Variant): Promise<number> {
  const usages = await Promise.all(variant.servers.map((server) => server.usage()));
  return usages.reduce((sum, { cpuUs }) => sum + cpuUs, 0);
}

/** Divides the first's figure by the second's, for each round. */
export function ratios(a: Measured, b: Measured, figure: (sample: Sample) => number): number[] {
  return a.samples.map((sample, round) => {
    const other = b.samples[round];
    return other === undefined ? Number.NaN : figure(sample) / figure(other);
  });
}

const columns = ['requests/s', 'CPU us/request', 'database us/request', 'p50 ms', 'p99 ms'] as const;

export const rateOf = (sample: Sample): number => sample.requestsPerSecond;
export const cpuPerRequest = (sample: Sample): number => sample.cpuUsPerRequest;

/** Makes the rows of a table: each variant's medians, and its ratios to the base in requests/s and CPU per request. */
export function table(measured: readonly Measured[], base: Measured): string[][] {
  const head = ['server', ...columns, 'requests/s to base', 'CPU to base', 'cores: server + database + load'];
  const rows = measured.map((one) => {
    const of = (figure: (sample: Sample) => number) => median(one.samples.map(figure));
    const cores = [of((s) => s.cores.servers), of((s) => s.cores.database), of((s) => s.cores.generator)];
    return [
      one.variant,
      short(of(rateOf)),
      short(of(cpuPerRequest)),
      short(of((s) => s.databaseUsPerRequest)),
      short(of((s) => s.p50Ms)),
      short(of((s) => s.p99Ms)),
      spread(ratios(one, base, rateOf)),
      spread(ratios(one, base, cpuPerRequest)),
      cores.map((value) => value.toFixed(2)).join(' + '),
    ];
  });
  return [head, ...rows];
}
