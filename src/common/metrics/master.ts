/** What a master tells of itself, by Kubernetes' names where Kubernetes has them. */

import type { Family } from './page.ts';

const family = (type: Family['type'], name: string, help: string, ...labels: string[]): Family => ({
  name,
  help,
  type,
  labels,
});

export const masterFamilies = {
  requests: family(
    'counter',
    'apiserver_request_total',
    'Requests to the API by verb, resource and code of the answer.',
    'verb',
    'resource',
    'code',
  ),
  requestTime: family('counter', 'bramble_api_request_seconds_total', 'Time that requests took together.', 'verb'),
  running: family('gauge', 'apiserver_current_inflight_requests', 'Requests that are worked on.'),
  waiting: family('gauge', 'bramble_api_waiting_requests', 'Requests that wait until others are done.'),
  queue: family('gauge', 'workqueue_depth', 'Keys that wait in the queue of a controller.', 'name'),
  attempts: family(
    'counter',
    'scheduler_schedule_attempts_total',
    'Attempts to place a pod: scheduled, unschedulable, or error.',
    'result',
    'profile',
  ),
  pending: family('gauge', 'scheduler_pending_pods', 'Pods that wait for a node.', 'queue'),
  droppedEvents: family(
    'counter',
    'bramble_events_dropped_total',
    'Events that were never stored, as too many waited or the store did not take them.',
  ),
  objects: family('gauge', 'apiserver_storage_objects', 'Stored objects by resource.', 'resource'),
  answering: family('gauge', 'bramble_nodes_answering', 'Nodes whose usage stands on this page.'),
} as const;
