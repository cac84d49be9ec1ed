import { z } from 'zod';
import type { Sample } from '../../domain/usage/day.ts';
import { GovError, reason } from '../../domain/errors.ts';

/** A time series as a query gives it. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** As Prometheus writes it. */
  readonly text: string;
  readonly samples: readonly Sample[];
}

/** A query that Prometheus does not take because it would load more samples than it may: half of it may go. */
export class TooManySamples extends Error {
  override readonly name = 'TooManySamples';
}

const labels = z.record(z.string(), z.string());
const answer = z.looseObject({
  status: z.string(),
  data: z.unknown().optional(),
  error: z.string().optional(),
  errorType: z.string().optional(),
  warnings: z.array(z.string()).optional(),
});
const seriesData = z.array(labels);
const matrixData = z.object({
  resultType: z.literal('matrix'),
  // Not looked into: they are most of the answer, and `Number` refuses what is none.
  result: z.array(z.object({ metric: labels, values: z.custom<[number, string][]>(Array.isArray) })),
});

/** Prometheus' HTTP API, as far as use needs it. */
export class Prometheus {
  readonly url: string;
  private readonly timeoutMs: number;

  /** @param timeoutMs how long an answer may take */
  constructor({ url, timeoutMs }: { readonly url: string; readonly timeoutMs: number }) {
    this.url = url.replace(/\/+$/, '');
    this.timeoutMs = timeoutMs;
  }

  /**
   * The label sets of the series that had samples in a time, in seconds since the epoch.
   * @throws GovError E_PROMETHEUS_*
   */
  async series(selector: string, start: number, end: number, signal: AbortSignal) {
    const data = await this.ask('series', { 'match[]': selector, start, end }, signal);
    return this.shaped(seriesData, data);
  }

  /**
   * The values of an expression every `step` seconds, both ends counted.
   * @throws TooManySamples; GovError E_PROMETHEUS_*
   */
  async range(
    query: string,
    { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
    signal: AbortSignal,
  ): Promise<readonly Series[]> {
    const timeout = `${Math.ceil(this.timeoutMs / 1000)}s`;
    const data = await this.ask('query_range', { query, start, end, step, timeout }, signal);
    return this.shaped(matrixData, data).result.map(({ metric, values }) => ({
      labels: metric,
      text: textOf(metric),
      samples: values.map(([at, value]): Sample => [at, Number(value)]),
    }));
  }

  private shaped<T>(shape: z.ZodType<T>, data: unknown): T {
    const parsed = shape.safeParse(data);
    if (parsed.success) return parsed.data;
    throw new GovError(
      reason('E_PROMETHEUS_REFUSED', { url: this.url, detail: z.prettifyError(parsed.error) }),
    );
  }

  private async ask(
    path: string,
    form: Readonly<Record<string, string | number>>,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { url, timeoutMs } = this;
    const slow = () => new GovError(reason('E_PROMETHEUS_SLOW', { url, seconds: timeoutMs / 1000 }));
    const limit = AbortSignal.timeout(timeoutMs);
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${url}/api/v1/${path}`, {
        method: 'POST',
        body: new URLSearchParams(Object.entries(form).map(([name, value]) => [name, String(value)])),
        signal: AbortSignal.any([signal, limit]),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      signal.throwIfAborted();
      if (limit.aborted) throw slow();
      const { message, cause } = error as Error;
      const detail = cause instanceof Error ? cause.message || (cause as { code?: string }).code : message;
      throw new GovError(reason('E_PROMETHEUS_UNREACHABLE', { url, detail: detail ?? message }));
    }
    const parsed = answer.safeParse(jsonOr(text));
    if (!parsed.success) {
      throw new GovError(
        reason('E_PROMETHEUS_REFUSED', { url, detail: `HTTP ${status}, ${text.slice(0, 200)}` }),
      );
    }
    const { error: detail = `HTTP ${status}`, errorType, warnings = [], data } = parsed.data;
    if (parsed.data.status !== 'success') {
      if (/too many samples/.test(detail)) throw new TooManySamples(detail);
      if (errorType === 'timeout' || status === 503) throw slow();
      throw new GovError(reason('E_PROMETHEUS_REFUSED', { url, detail }));
    }
    // What stands behind several stores says so when one of them did not answer.
    if (warnings.length > 0) {
      throw new GovError(reason('E_PROMETHEUS_PARTIAL', { url, detail: warnings.join('; ') }));
    }
    return data;
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf({ __name__: name = '', ...rest }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.toSorted().join(',')}}`;
}
