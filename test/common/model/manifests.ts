/** The smallest valid manifest of each kind; a test states only what it is about. */

type Manifest = Record<string, unknown>;
type Fields = Readonly<Record<string, unknown>>;

const web = { name: 'web', image: 'web:1' };
const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [web] } };
const selector = { matchLabels: { app: 'web' } };

export const pod = (spec: Fields = {}, metadata: Fields = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', ...metadata },
  spec: { containers: [web], ...spec },
});

/** A pod whose only container has the given fields. */
export const podWith = (container: Fields): Manifest => pod({ containers: [{ ...web, ...container }] });

export const deployment = (spec: Fields = {}): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { selector, template, ...spec },
});

export const replicaSet = (spec: Fields = {}): Manifest => ({ ...deployment(spec), kind: 'ReplicaSet' });

export const plain = (kind: string, fields: Fields = {}): Manifest => ({
  apiVersion: kind === 'Lease' ? 'coordination.k8s.io/v1' : 'v1',
  kind,
  metadata: { name: 'a' },
  ...fields,
});
