/** Names of control groups: where the group of all pods is, and how slices of systemd are named. */

import type { CgroupDriver } from '../../ports/cgroups.ts';

/** From the top of a hierarchy: below the group that the setting cgroupRoot names. */
export const podsGroup = (root: string): readonly string[] => [
  ...root.split('/').filter((name) => name !== ''),
  'kubepods',
];

/** As the runtime is told it: `/kubepods/burstable/pod1`, for systemd `kubepods-burstable-pod1.slice`. */
export function cgroupParent(names: readonly string[], driver: CgroupDriver): string {
  if (driver === 'cgroupfs') return `/${names.join('/')}`;
  // A dash in a slice's name is a level.
  return `${names.map((name) => name.replaceAll('-', '_')).join('-')}.slice`;
}

/** Where systemd puts the slice of these names: below those that it belongs to. */
export function slices(names: readonly string[]): readonly string[] {
  return names.map((_, at) => cgroupParent(names.slice(0, at + 1), 'systemd'));
}

/** Where the group of all pods may be, by the driver that makes groups: cgroupfs, systemd. */
export function podsGroupPaths(root: string): readonly string[] {
  const names = podsGroup(root);
  return [`/${names.join('/')}`, `/${slices(names).join('/')}`];
}
