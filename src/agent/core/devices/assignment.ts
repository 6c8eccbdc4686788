/**
 * Which device nodes a container gets. What was given is written on the containers themselves, in the runtime, so that
 * nothing is given twice after the agent has started anew.
 */

import type { Container } from '../../../common/model/container.ts';
import type { ContainerState, Labels } from '../runtime-model.ts';

/** One place at a device node: as many as containers may share it. */
export type DeviceUnit = {
  readonly resource: string;
  /** As the settings name it; containers see it under this path. */
  readonly path: string;
  /** What it is: symbolic links followed. */
  readonly node: string;
  readonly shares: number;
};
/** Paths by resource. */
export type Assignment = Readonly<Record<string, readonly string[]>>;
/** What a container has. `ended`: it runs no more, and gives way when nothing else is free. */
export type Holder = {
  readonly uid: string;
  readonly container: string;
  readonly paths: Assignment;
  readonly ended: boolean;
};
export type Assigned =
  | { readonly ok: true; readonly paths: Assignment }
  | { readonly ok: false; readonly message: string };

/** Written on containers: the devices that they were given, as JSON. */
export const devicesAnnotation = 'bramble.container.devices';

/** How many units of each resource a container asks for, of those that the node offers. */
export function devicesAsked(
  { resources }: Pick<Container, 'resources'>,
  offered: readonly string[],
): ReadonlyMap<string, number> {
  const asked = { ...resources.requests, ...resources.limits };
  const known = offered.filter((name) => Object.hasOwn(asked, name) && Number(asked[name]) > 0);
  return new Map(known.map((name) => [name, Number(asked[name])]));
}

/** What is written on a container; undefined when it has no devices, or what is written is not ours. */
export function holderOf(
  uid: string,
  container: string,
  state: ContainerState,
  annotations: Labels,
): Holder | undefined {
  const text = annotations[devicesAnnotation];
  if (text === undefined) return undefined;
  try {
    const paths = JSON.parse(text) as Assignment;
    return { uid, container, paths, ended: state === 'exited' };
  } catch {
    return undefined;
  }
}

/**
 * Gives a container what it asks for: first what it had before, then what nobody has, then what only ended containers
 * have. Two resources of one device node are one device: a unit counts wherever it is named.
 */
export function assign(
  { uid, container, asked }: { uid: string; container: string; asked: ReadonlyMap<string, number> },
  present: readonly DeviceUnit[],
  holders: readonly Holder[],
): Assigned {
  const own = holders.filter((one) => one.uid === uid && one.container === container);
  const others = holders.filter((one) => !own.includes(one));
  const nodeOf = new Map(present.map(({ path, node }) => [path, node]));
  const uses = (list: readonly Holder[], node: string): number =>
    list.filter(({ paths }) =>
      Object.values(paths).some((held) => held.some((path) => (nodeOf.get(path) ?? path) === node)),
    ).length;
  const given: Record<string, readonly string[]> = {};
  for (const [resource, count] of asked) {
    const before = new Set(own.flatMap(({ paths }) => paths[resource] ?? []));
    const living = others.filter(({ ended }) => !ended);
    const free = present
      .filter((unit) => unit.resource === resource && uses(living, unit.node) < unit.shares)
      .map((unit) => ({ unit, rank: before.has(unit.path) ? -1 : uses(others, unit.node) }))
      .sort((a, b) => a.rank - b.rank || (a.unit.path < b.unit.path ? -1 : 1));
    if (free.length < count) {
      const there = present.filter((unit) => unit.resource === resource).length;
      const why = `${there} present on this node, ${free.length} free`;
      return { ok: false, message: `device ${resource}: ${count} requested, ${why}` };
    }
    given[resource] = free.slice(0, count).map(({ unit }) => unit.path);
  }
  return { ok: true, paths: given };
}

/** What the node says that it offers: shares of all units that are there; 0 of what is unplugged. */
export function offersOf(
  resources: readonly string[],
  present: readonly DeviceUnit[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    resources.map((name) => {
      const units = present.filter(({ resource }) => resource === name);
      return [name, String(units.reduce((sum, { shares }) => sum + shares, 0))];
    }),
  );
}

/** The variable under which a container finds the paths of a resource: `bramble.io/gpio` ⇒ `BRAMBLE_IO_GPIO`. */
export function variableOf(resource: string): string {
  return resource.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}
