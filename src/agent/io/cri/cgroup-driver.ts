/** Who makes control groups for the runtime, as it tells: by RuntimeConfig, or in the details of its status. Pure. */
import * as z from 'zod';
import type { CgroupDriver } from '../../ports/cgroups.ts';
import type { CALLS } from './cri-messages.ts';

/** CRI's enum. */
const SYSTEMD = 0;

export function driverOfConfig({ linux }: ReturnType<typeof CALLS.runtimeConfig.decode>): CgroupDriver {
  return linux?.cgroupDriver === SYSTEMD ? 'systemd' : 'cgroupfs';
}

/** The part of containerd's configuration that says it, in versions before RuntimeConfig. */
const containerdConfig = z.object({
  containerd: z.object({
    defaultRuntimeName: z.string(),
    runtimes: z.record(
      z.string(),
      z.object({ options: z.object({ SystemdCgroup: z.boolean().optional() }).nullish() }),
    ),
  }),
});

/** `info` of a verbose status: JSON texts by name. */
export function driverOfInfo(info: Readonly<Record<string, string>>): CgroupDriver {
  const config = containerdConfig.safeParse(parsed(info['config'] ?? ''));
  if (!config.success) return 'cgroupfs';
  const { runtimes, defaultRuntimeName } = config.data.containerd;
  return runtimes[defaultRuntimeName]?.options?.SystemdCgroup === true ? 'systemd' : 'cgroupfs';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Another runtime may say it in another way: then its driver is taken for the default one.
    return undefined;
  }
}
