/**
 * How usage leaves a device. Anybody may ask it on `bramble.node.<node>.down.<usage|history|summary>`. Who wants a stream says
 * so on `…down.metrics`, for as long as a lease that is renewed; then samples come on `bramble.node.<node>.up.metrics`, for all
 * who listen there. Without a listener, and unless a setting says otherwise, a device sends none.
 */

import * as z from 'zod';
import type { Asks, Schema } from '../actor/types.ts';
import { usageSampleSchema } from '../model/usage-sample.ts';

/** `brief`: CPU, working set, traffic and disk bytes. `full`: everything that a sweep finds. */
const detail = z.enum(['brief', 'full']).default('brief');
export type Detail = z.infer<typeof detail>;

/** What a device did not do, and why. */
const refusal = z.object({ error: z.string().max(1024) });

/** Milliseconds. Shorter intervals than the shortest are lengthened, and longer leases than the longest shortened. */
export const metricsLimits = { shortestInterval: 1_000, longestInterval: 3_600_000, longestLease: 600_000 } as const;
/** Listeners that a device remembers at most. */
export const maxListeners = 64;
/** Bytes of JSON after which a message of samples is cut. */
export const maxMetricsBytes = 256 * 1024;

const usageMessage = z.object({
  type: z.literal('usage'),
  /** How old the answer may be, in milliseconds. */
  maxAge: z.number().min(0).max(600_000).default(10_000),
  detail,
});
const usageAnswer = z.union([z.object({ sample: usageSampleSchema }), refusal]);

const historyMessage = z.object({
  type: z.literal('history'),
  /** The `at` of the newest sample that the asker has; 0: it has none. */
  after: z.number().min(0).max(1e14).default(0),
  detail,
});
const historyAnswer = z.union([
  /** Oldest first. `more`: ask again after the last of these. */
  z.object({ samples: z.array(usageSampleSchema).max(1000).readonly(), more: z.boolean() }),
  refusal,
]);

const metricsMessage = z.object({
  type: z.literal('metrics'),
  /** Who listens: the same one again renews its lease. */
  listener: z.string().max(128).default(''),
  /** Milliseconds between samples. */
  interval: z.number().min(1).default(10_000),
  /** Milliseconds for which samples are sent unless this is said again; 0 ends it. */
  lease: z.number().min(0).default(60_000),
  detail,
});
/** What was understood, within the limits. */
const metricsAnswer = z.union([z.object({ interval: z.number(), lease: z.number() }), refusal]);

const summaryMessage = z.object({ type: z.literal('summary') });
/** As the kubelet's /stats/summary. */
const summaryAnswer = z.union([z.object({ summary: z.looseObject({}) }), refusal]);

export type UsageAnswer = z.infer<typeof usageAnswer>;
export type HistoryAnswer = z.infer<typeof historyAnswer>;
export type MetricsAnswer = z.infer<typeof metricsAnswer>;

/** What a device is asked about its usage. */
export type MetricsDownMessage =
  | (z.infer<typeof usageMessage> & Asks<UsageAnswer>)
  | (z.infer<typeof historyMessage> & Asks<HistoryAnswer>)
  | (z.infer<typeof metricsMessage> & Asks<MetricsAnswer>)
  | (z.infer<typeof summaryMessage> & Asks<z.infer<typeof summaryAnswer>>);

export const metricsDownWire = {
  usage: { msg: usageMessage as Schema<z.infer<typeof usageMessage>>, answer: usageAnswer },
  history: { msg: historyMessage as Schema<z.infer<typeof historyMessage>>, answer: historyAnswer },
  summary: { msg: summaryMessage, answer: summaryAnswer },
  metrics: { msg: metricsMessage as Schema<z.infer<typeof metricsMessage>>, answer: metricsAnswer },
};

/** The body of `up.metrics`: oldest first. */
export const metricsBatch = z.object({ samples: z.array(usageSampleSchema).min(1).max(1000).readonly() });
