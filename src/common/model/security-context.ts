/** Security settings of pods and containers: those that a container runtime can be told about over CRI. */
import * as z from 'zod';
import { flag, listOf, object, oneOf, text } from './fields.ts';

const id = (description: string) =>
  z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .describe(description);

const seccompProfileSchema = object('SeccompProfile', 'Which system calls are allowed.', {
  type: oneOf(['Unconfined', 'RuntimeDefault', 'Localhost'], "No filter, the runtime's own, or a file on the node."),
  localhostProfile: text(
    "File of a Localhost profile, relative to the folder seccomp in the agent's data directory.",
  ).optional(),
});
const appArmorProfileSchema = object('AppArmorProfile', 'Which AppArmor profile confines the processes.', {
  type: oneOf(
    ['Unconfined', 'RuntimeDefault', 'Localhost'],
    "No profile, the runtime's own, or one loaded on the node.",
  ),
  localhostProfile: text('Name of the loaded profile of type Localhost.').optional(),
});
const seLinuxOptionsSchema = object('SELinuxOptions', 'SELinux label of the processes.', {
  user: text('SELinux user.').optional(),
  role: text('SELinux role.').optional(),
  type: text('SELinux type.').optional(),
  level: text('SELinux level.').optional(),
});

const shared = {
  runAsUser: id('Numeric user that processes run as; otherwise what the image says.').optional(),
  runAsGroup: id('Numeric group that processes run as.').optional(),
  runAsNonRoot: flag('Refuse to start as user 0.').optional(),
  seccompProfile: seccompProfileSchema.optional(),
  appArmorProfile: appArmorProfileSchema.optional(),
  seLinuxOptions: seLinuxOptionsSchema.optional(),
};

export const podSecurityContextSchema = object('PodSecurityContext', "Security settings of all the pod's containers.", {
  ...shared,
  fsGroup: id("Group that owns the files of the pod's volumes; every process is in it.").optional(),
  fsGroupChangePolicy: oneOf(
    ['OnRootMismatch', 'Always'],
    'When volumes that outlive pods are given to the group. All volumes so far are made for their pod, and are always given to it.',
  ).optional(),
  supplementalGroups: listOf(id('Numeric group.'), 'Further groups of the first process of each container.').optional(),
  sysctls: listOf(
    object('Sysctl', 'A kernel parameter.', { name: text('Name of the parameter.'), value: text('Its value.') }),
    "Kernel parameters of the pod's own namespaces.",
  ).optional(),
});
export type PodSecurityContext = z.infer<typeof podSecurityContextSchema>;

export const securityContextSchema = object(
  'SecurityContext',
  'Security settings of one container; they go before those of the pod.',
  {
    ...shared,
    privileged: flag('All devices and capabilities of the node.').optional(),
    allowPrivilegeEscalation: flag('Whether a process may gain more rights than its parent.').optional(),
    readOnlyRootFilesystem: flag("Mount the image's file system read-only.").optional(),
    capabilities: object('Capabilities', 'Linux capabilities beside the default ones.', {
      add: listOf(z.string(), 'Capabilities to give, without CAP_; ALL for all of them.').optional(),
      drop: listOf(z.string(), 'Capabilities to take away.').optional(),
    }).optional(),
  },
);
export type SecurityContext = z.infer<typeof securityContextSchema>;
