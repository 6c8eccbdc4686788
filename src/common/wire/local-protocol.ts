/**
 * What `bramble agent VERB` asks of the agent of its own device: `POST /v1/<verb>` with JSON, over HTTP on a unix socket that
 * root alone may use. For people in the field: it needs neither a network nor a master.
 */

import * as z from 'zod';
import { usageSampleSchema } from '../model/usage-sample.ts';

/** The socket, in the agent's runDir. */
export const localSocketName = 'agent.sock';
/** The largest body of a request, in bytes. */
export const maxLocalBytes = 4 * 1024 * 1024;
/** The trailer of a stream that tells why it ended early. */
export const streamErrorTrailer = 'bramble-error';

const namespace = z.string().min(1).max(63);
const podName = z.object({ namespace, name: z.string().min(1).max(253) });
const kubeObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional(), uid: z.string().optional() }),
});

export const applyRequest = z.object({
  /** Of pods that do not say it themselves; `default` unless it is given. */
  namespace: namespace.optional(),
  /** Manifests, with the names that problems call them by. */
  files: z.array(z.object({ name: z.string().max(4096), text: z.string() })).max(500),
});
export const applyAnswer = z.object({
  pods: z.array(podName.extend({ what: z.enum(['created', 'configured', 'unchanged']) })),
});
/** By name, with or without the node's, or as the manifests that were applied. */
export const deleteRequest = applyRequest.extend({ pods: z.array(podName).max(500) });
export const deleteAnswer = z.object({ pods: z.array(podName.extend({ uid: z.string() })) });

/** `shadowedBy`: the source whose pod of this name is run instead. */
const localPod = z.object({ source: z.string(), shadowedBy: z.string().optional(), pod: kubeObject });
export const podsAnswer = z.object({ items: z.array(localPod) });

export const statusAnswer = z.object({
  node: z.string(),
  version: z.string(),
  bootID: z.string(),
  /** `containerd://1.7.2`; empty while it has not been heard. */
  runtime: z.string(),
  /** `since`: RFC 3339; absent: the master has not been heard since the agent started. */
  master: z.object({ answers: z.boolean(), since: z.string().optional() }),
  /** Of the Node: Ready, and whatever is wrong. */
  conditions: z.array(
    z.object({ type: z.string(), status: z.string(), reason: z.string().optional(), message: z.string().optional() }),
  ),
  /** By source, in how many pods there are of each phase. */
  pods: z.record(z.string(), z.record(z.string(), z.number())),
  /** Of all containers. */
  restarts: z.number(),
  /** What is wrong with manifests, by source. */
  problems: z.record(z.string(), z.array(z.string())),
});

/** What the device and its pods use now. */
export const topAnswer = z.object({ node: z.string(), sample: usageSampleSchema });

export const localFailure = z.object({
  code: z.enum(['invalid', 'not-found', 'failed']),
  message: z.string(),
});

export type LocalFailureCode = z.infer<typeof localFailure>['code'];
export type ApplyRequest = z.infer<typeof applyRequest>;
export type ApplyAnswer = z.infer<typeof applyAnswer>;
export type DeleteRequest = z.infer<typeof deleteRequest>;
export type DeleteAnswer = z.infer<typeof deleteAnswer>;
export type LocalPod = z.infer<typeof localPod>;
export type PodsAnswer = z.infer<typeof podsAnswer>;
export type TopAnswer = z.infer<typeof topAnswer>;
export type StatusAnswer = z.infer<typeof statusAnswer>;
