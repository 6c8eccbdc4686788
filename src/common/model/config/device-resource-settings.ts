/** The setting of the devices, such as pins and cameras, that a node offers to pods as extended resources. */

import * as z from 'zod';

/** Nodes of /dev that are one resource; `shares`: how many containers may have each at once. */
export type DeviceRule = { readonly resource: string; readonly pattern: string; readonly shares: number };

const rule =
  /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)=(\/[^\s=,]+?)(:([1-9]\d{0,2}))?$/;
const accepted =
  'must be RESOURCE=PATH with commas between, such as bramble.io/gpio=/dev/gpiochip0,bramble.io/serial=/dev/serial/by-id/*,bramble.io/camera=/dev/video0:2; * stands in the last part of a path only, and kubernetes.io is not yours';

/** The rules that a text says; undefined when it says none. */
export function parseDeviceRules(text: string): readonly DeviceRule[] | undefined {
  const rules: DeviceRule[] = [];
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [, resource = '', , , pattern = '', , shares = '1'] = rule.exec(part) ?? [];
    const folder = pattern.slice(0, pattern.lastIndexOf('/'));
    const kept = /(^|\.)kubernetes\.io\//.test(resource);
    if (resource === '' || kept || /:\d+$/.test(pattern) || folder.includes('*') || pattern.split('/').includes('..'))
      return undefined;
    rules.push({ resource, pattern, shares: Number(shares) });
  }
  return rules;
}

/** The group of the agent's settings that is about devices for pods. */
export const deviceResourceSettings = {
  deviceResources: z
    .string()
    .default('')
    .refine((text) => parseDeviceRules(text) !== undefined, accepted)
    .describe(
      'Devices that pods can ask for: bramble.io/gpio=/dev/gpiochip0,bramble.io/serial=/dev/serial/by-id/*; PATH:N lets N containers share it',
    ),
};
