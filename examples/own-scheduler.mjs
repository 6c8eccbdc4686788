#!/usr/bin/env node
// A scheduler of your own, in its own process: it speaks with the API over NATS and binds the pods that name it.
//
//   npm install @nats-io/transport-node
//   node own-scheduler.mjs [nats://127.0.0.1:4222] [my-scheduler]
//
// Name it in the master's settings (externalSchedulers: my-scheduler), so that the master leaves its pods alone, and in the
// pods (spec.schedulerName: my-scheduler). Its rule is a simple one: the Ready node with the fewest pods, by name among equals.
import { connect } from '@nats-io/transport-node';

const [servers = 'nats://127.0.0.1:4222', name = 'my-scheduler'] = process.argv.slice(2);
const nc = await connect({ servers, name });

/** One request to the API; the answer is an object, or a Status of kind Failure. */
async function ask(verb, resource, namespace, object, body) {
  const token = (text) => (text ? text.replaceAll('.', '_') : '-');
  const subject = `bramble.api.${verb}.${resource}.${token(namespace)}.${token(object)}`;
  const answer = await nc.request(subject, JSON.stringify(body), { timeout: 5_000 });
  return answer.json();
}

/** All objects of a resource: the answer comes in parts, of which the last has nothing left behind it. */
async function list(resource) {
  const items = [];
  const parts = await nc.requestMany(`bramble.api.list.${resource}.-.-`, '{}', {
    strategy: 'sentinel',
    maxWait: 5_000,
  });
  for await (const part of parts) {
    const answer = part.json();
    if (answer.status === 'Failure') throw new Error(answer.message);
    items.push(...answer.items);
    if (answer.metadata.remainingItemCount === 0) break;
  }
  return items;
}

const isReady = ({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');

async function schedule() {
  const [nodes, pods] = await Promise.all([list('nodes'), list('pods')]);
  const counts = new Map(nodes.filter(isReady).map(({ metadata }) => [metadata.name, 0]));
  for (const { spec } of pods) if (counts.has(spec.nodeName)) counts.set(spec.nodeName, counts.get(spec.nodeName) + 1);
  const mine = pods.filter(
    ({ spec, metadata }) => spec.schedulerName === name && !spec.nodeName && !metadata.deletionTimestamp,
  );
  for (const { metadata } of mine) {
    const [best] = [...counts].sort(([a, m], [b, n]) => m - n || (a < b ? -1 : 1));
    if (best === undefined) return;
    const [node] = best;
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    // A pod is bound once: somebody else's binding, or a node without room, comes back as a conflict.
    const answer = await ask('create', 'pods/binding', metadata.namespace, metadata.name, { object: binding });
    const failed = answer.status === 'Failure';
    console.log(`${metadata.namespace}/${metadata.name}: ${failed ? answer.message : `bound to ${node}`}`);
    if (failed) counts.delete(node);
    else counts.set(node, counts.get(node) + 1);
  }
}

let again = Promise.resolve();
const soon = () => {
  again = again.then(schedule).catch((error) => console.error(String(error)));
};
// Every change of a pod or node is published: look again then, and now and then in case one was missed.
nc.subscribe('bramble.watch.pods.*.*', { callback: soon });
nc.subscribe('bramble.watch.nodes.*.*', { callback: soon });
setInterval(soon, 10_000);
soon();

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => nc.close().then(() => process.exit(0)));
