/** Event (v1): what happened to an object, and why. */
import type { z } from 'zod';
import { int32, object, text, time } from './fields.ts';
import { objectMetaSchema, typeMeta } from './meta.ts';

export const objectReferenceSchema = object('ObjectReference', 'Points to an object.', {
  apiVersion: text('API version of the object.').optional(),
  kind: text('Kind of the object.').optional(),
  namespace: text('Namespace of the object.').optional(),
  name: text('Name of the object.').optional(),
  uid: text('UID of the object.').optional(),
  resourceVersion: text('Version of the object that the event speaks about.').optional(),
  fieldPath: text('Part of the object, such as spec.containers{web}.').optional(),
});
export type ObjectReference = z.infer<typeof objectReferenceSchema>;

export const eventSchema = object('Event', 'What happened to an object, and why.', {
  ...typeMeta('v1', 'Event'),
  metadata: objectMetaSchema,
  involvedObject: objectReferenceSchema,
  reason: text('Why, in one CamelCase word.').optional(),
  message: text('What happened, for people.').optional(),
  type: text('Normal or Warning.').optional(),
  source: object('EventSource', 'Who says so.', {
    component: text('Part of the system.').optional(),
    host: text('Node that it runs on.').optional(),
  }).optional(),
  firstTimestamp: time('When it happened first.').optional(),
  lastTimestamp: time('When it happened last.').optional(),
  count: int32('How often it happened.').optional(),
  eventTime: time('When it happened, to the microsecond.').optional(),
  series: object('EventSeries', 'Repetitions of the event.', {
    count: int32('How often.').optional(),
    lastObservedTime: time('When it was last seen.').optional(),
  }).optional(),
  action: text('What was done about it.').optional(),
  related: objectReferenceSchema.optional(),
  reportingComponent: text('Controller that says so.').optional(),
  reportingInstance: text('Instance of that controller.').optional(),
});
export type Event = z.infer<typeof eventSchema>;
