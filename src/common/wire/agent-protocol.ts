/**
 * What crosses between the master and a device, declared once. The device pulls: `poke` says that something
 * changed, the agent asks `desired` with what it has, and reports what became of it until the master has answered.
 * The field `node` is taken from the subject, so what a device says about itself is what its permissions allow.
 */

import * as z from 'zod';
import type { Asks, Schema } from '../actor/types.ts';
import type { KubeObject } from '../model/meta.ts';
import { type MetricsDownMessage, metricsDownWire } from './metrics-protocol.ts';

const node = z.string().min(1).max(253);
const key = z.string().max(600);
const object = z.looseObject({}).transform((value) => value as unknown as KubeObject);

const helloMessage = z.object({ type: z.literal('hello'), node, object: z.record(z.string(), z.unknown()) });
const helloAnswer = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), message: z.string() }),
]);
/** `have`: what the device has (have-digest.ts). One that wants something else there pokes. */
const beatMessage = z.object({ type: z.literal('beat'), node, have: z.string().max(64).optional() });
const desiredMessage = z.object({ type: z.literal('desired'), node, have: z.record(key, z.string().max(64)) });
const desiredAnswer = z.object({
  /** Objects that the device lacks or has in another version, in the order in which they may be applied. */
  set: z.array(z.object({ key, digest: z.string(), object })),
  /** Keys that the device has and shall no longer have. */
  removed: z.array(key),
  /** More is to come: apply this part and ask again. */
  more: z.boolean(),
});
const podName = z.object({ namespace: z.string().max(63), name: z.string().max(253), uid: z.string().max(64) });
const podReport = podName.extend({
  status: z.record(z.string(), z.unknown()),
  /** The pod was being deleted and nothing of it is left on the device. */
  gone: z.boolean().optional(),
});
const reportMessage = z.object({ type: z.literal('report'), node, pods: z.array(podReport).max(500) });
const reportAnswer = z.object({
  /** For each pod of the report, in order: written, or no such pod any more, or refused for good. */
  results: z.array(z.enum(['ok', 'unknown', 'refused'])),
  /** Why each refused report was refused, by the pod's uid. */
  refusals: z.record(z.string().max(64), z.string().max(2048)).optional(),
});
const ago = z.number().min(0).max(1e12);
const toldEvent = z.object({
  event: z.record(z.string(), z.unknown()),
  /** How long ago it happened first and last, in milliseconds: a device need not know what time it is. */
  firstAgo: ago,
  lastAgo: ago,
});
const eventMessage = z.object({ type: z.literal('event'), node, events: z.array(toldEvent).max(100) });
const eventAnswer = z.object({
  /** For each event, in order: stored, or refused for good, or to be told again in a moment. */
  results: z.array(z.enum(['ok', 'refused', 'later'])),
});
const mirrorsMessage = z.object({
  type: z.literal('mirrors'),
  node,
  /** The static pods that the device runs. */
  pods: z.array(podName).max(2000),
  /** There are no others: a mirror of another one goes. */
  complete: z.boolean(),
});
/** The uids of those that have no mirror in the API. */
const mirrorsAnswer = z.object({ lacking: z.array(z.string().max(64)) });
const mirrorMessage = z.object({
  type: z.literal('mirror'),
  node,
  /** The mirror: its annotation names the static pod. */
  object: z.record(z.string(), z.unknown()),
});
const statusMessage = z.object({ type: z.literal('status'), node, object: z.record(z.string(), z.unknown()) });

export type PodReport = z.infer<typeof podReport>;
export type ReportAnswer = z.infer<typeof reportAnswer>;
export type ToldEvent = z.infer<typeof toldEvent>;
export type EventAnswer = z.infer<typeof eventAnswer>;
export type Desired = z.infer<typeof desiredAnswer>;

/** Device → master. */
export type UpMessage =
  | (z.infer<typeof helloMessage> & Asks<z.infer<typeof helloAnswer>>)
  | z.infer<typeof beatMessage>
  | (z.infer<typeof desiredMessage> & Asks<Desired>)
  | (z.infer<typeof reportMessage> & Asks<z.infer<typeof reportAnswer>>)
  | (z.infer<typeof eventMessage> & Asks<EventAnswer>)
  /** Which static pods there are. */
  | (z.infer<typeof mirrorsMessage> & Asks<z.infer<typeof mirrorsAnswer>>)
  /** The mirror of one of them, to be shown in the API. */
  | (z.infer<typeof mirrorMessage> & Asks<z.infer<typeof helloAnswer>>)
  /** The Node's status changed (conditions, capacity, addresses, images). */
  | (z.infer<typeof statusMessage> & Asks<z.infer<typeof helloAnswer>>);

export const upWire = {
  hello: { msg: helloMessage as Schema<z.infer<typeof helloMessage>>, answer: helloAnswer },
  beat: { msg: beatMessage },
  desired: { msg: desiredMessage, answer: desiredAnswer },
  report: { msg: reportMessage, answer: reportAnswer },
  event: { msg: eventMessage, answer: eventAnswer },
  mirrors: { msg: mirrorsMessage, answer: mirrorsAnswer },
  mirror: { msg: mirrorMessage as Schema<z.infer<typeof mirrorMessage>>, answer: helloAnswer },
  status: { msg: statusMessage, answer: helloAnswer },
};

const pokeMessage = z.object({ type: z.literal('poke') });
/** The master does not know the device (any more, or yet): say hello again. */
const whoMessage = z.object({ type: z.literal('who') });

/** Master → device. */
export type DownMessage = z.infer<typeof pokeMessage> | z.infer<typeof whoMessage>;
export const downWire = { poke: { msg: pokeMessage }, who: { msg: whoMessage } };

/** All that a device's agent is told and asked as an actor, by the master and by clients. */
export type DeviceMessage = DownMessage | MetricsDownMessage;
export const deviceWire = { ...downWire, ...metricsDownWire };
