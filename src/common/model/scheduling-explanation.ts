/** What `pods/scheduling` of the API asks and answers: why a pod goes where it goes, or goes nowhere. */

import * as z from 'zod';

/** `get`, about a pod that is there; `create` has the manifest of one that is not (`object`). */
export const schedulingRequest = z.object({
  object: z.record(z.string(), z.unknown()).optional(),
  /** Only these nodes. */
  nodes: z.array(z.string().max(253)).max(1000).optional(),
});

const filterVerdict = z.object({
  plugin: z.string(),
  /** Why the node cannot take the pod; empty when it can. */
  reasons: z.array(z.string()),
});
const scoreVerdict = z.object({
  plugin: z.string(),
  /** Absent where the plugin has nothing to say of the node. */
  raw: z.number().optional(),
  /** 0 to 100. */
  normalised: z.number(),
  weight: z.number(),
});
const nodeVerdict = z.object({
  node: z.string(),
  fits: z.boolean(),
  filters: z.array(filterVerdict),
  /** Of nodes that fit; the total is the sum of normalised scores times their weights. */
  scores: z.array(scoreVerdict),
  total: z.number(),
});
const victim = z.object({ namespace: z.string(), name: z.string(), priority: z.number() });
const candidate = z.object({ node: z.string(), victims: z.array(victim), violations: z.number() });

export const schedulingExplanation = z.object({
  apiVersion: z.literal('bramble.io/v1'),
  kind: z.literal('SchedulingExplanation'),
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  dryRun: z.boolean(),
  scheduler: z.string(),
  priority: z.number(),
  /** Where it runs already. */
  boundTo: z.string().optional(),
  /** The node where room is being made for it. */
  nominated: z.string().optional(),
  gates: z.array(z.string()),
  queue: z.object({
    state: z.enum(['active', 'backoff', 'unschedulable', 'binding', 'gated', 'bound', 'absent']),
    attempts: z.number(),
    /** Pods that are placed before it; of active ones. */
    ahead: z.number().optional(),
    /** Seconds until it may be tried again; of those that back off. */
    seconds: z.number().optional(),
    /** What will have it tried again; of unschedulable ones. */
    wakes: z.array(z.string()),
  }),
  /** The best nodes: one of them by chance. */
  best: z.array(z.string()),
  /** Why there is none, in Kubernetes' words. */
  refusal: z.string().optional(),
  /** Nodes, the best first; `omitted` more are left out. */
  nodes: z.array(nodeVerdict),
  omitted: z.number(),
  preemption: z.object({
    /** Why nobody has to go for the pod. */
    none: z.string().optional(),
    /** Where room could be made, the cheapest first, and who would have to go. */
    candidates: z.array(candidate),
  }),
});

export type NodeVerdict = z.infer<typeof nodeVerdict>;
export type SchedulingExplanation = z.infer<typeof schedulingExplanation>;
