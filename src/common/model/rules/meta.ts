/** Rules for metadata, labels and selectors, of every kind. */
import { matchesSelector } from '../../lib/labels.ts';
import type { Kind } from '../kind.ts';
import type { LabelSelector, ObjectMeta } from '../meta.ts';
import { notDns1123Label, notLabelValue, notQualifiedName } from '../names.ts';
import type { StatusCause } from '../status.ts';
import { forbiddenField, invalidValue, required, tooLong, unless } from './cause.ts';

const annotationBytes = 256 * 1024;

/** What is wrong with an object's metadata. The namespace may be absent: the request names it then. */
export function metaCauses(kind: Pick<Kind, 'namespaced' | 'notName'>, metadata: ObjectMeta): StatusCause[] {
  const { name, namespace, labels, annotations, finalizers = [], ownerReferences = [] } = metadata;
  const causes: StatusCause[] = [];
  if (name === '') causes.push(required('metadata.name', 'name is required'));
  else causes.push(...unless('metadata.name', name, kind.notName(name)));
  if (namespace !== undefined) {
    if (!kind.namespaced) causes.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
    else causes.push(...unless('metadata.namespace', namespace, notDns1123Label(namespace)));
  }
  causes.push(...labelCauses('metadata.labels', labels), ...annotationCauses('metadata.annotations', annotations));
  for (const [i, finalizer] of finalizers.entries()) {
    causes.push(...unless(`metadata.finalizers[${i}]`, finalizer, notQualifiedName(finalizer)));
  }
  const controllers = ownerReferences.filter((owner) => owner.controller);
  if (controllers.length > 1) {
    const names = controllers.map((owner) => `${owner.kind}/${owner.name}`).join(', ');
    causes.push(invalidValue('metadata.ownerReferences', names, 'only one reference can have controller set to true'));
  }
  return causes;
}

/** What is wrong with a map of labels. */
export function labelCauses(field: string, labels: Readonly<Record<string, string>> = {}): StatusCause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...unless(field, key, notQualifiedName(key)),
    ...unless(field, value, notLabelValue(value)),
  ]);
}

/** What is wrong with a map of annotations. */
export function annotationCauses(field: string, annotations: Readonly<Record<string, string>> = {}): StatusCause[] {
  const entries = Object.entries(annotations);
  const causes = entries.flatMap(([key]) => unless(field, key, notQualifiedName(key.toLowerCase())));
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return bytes > annotationBytes ? [...causes, tooLong(field, annotationBytes)] : causes;
}

/** What is wrong with the selector of a workload: it must choose something, and the template's pods. */
export function selectorCauses(
  selector: LabelSelector,
  templateLabels: Readonly<Record<string, string>> = {},
  kindName: string,
): StatusCause[] {
  const field = 'spec.selector';
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) {
    return [invalidValue(field, selector, `empty selector is invalid for ${kindName}`)];
  }
  const causes = labelSelectorCauses(selector, field);
  if (causes.length === 0 && !matchesSelector(selector, templateLabels)) {
    const why = '`selector` does not match template `labels`';
    causes.push(invalidValue('spec.template.metadata.labels', templateLabels, why));
  }
  return causes;
}

/** What is wrong with a label selector. */
export function labelSelectorCauses(selector: LabelSelector, field: string): StatusCause[] {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const causes = labelCauses(`${field}.matchLabels`, matchLabels);
  for (const [i, { key, operator, values = [] }] of matchExpressions.entries()) {
    const at = `${field}.matchExpressions[${i}]`;
    causes.push(...unless(`${at}.key`, key, notQualifiedName(key)));
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (wantsValues && values.length === 0) {
      causes.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
    if (!wantsValues && values.length > 0) {
      causes.push(forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
  }
  return causes;
}
