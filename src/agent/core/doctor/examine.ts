/** All findings of a device, the most severe first. Pure. */

import { deviceChecks } from './device-checks.ts';
import type { DeviceFacts } from './device-facts.ts';
import { bySeverity, type Finding, finding } from './finding.ts';
import { type Check, kernelChecks } from './kernel-checks.ts';
import { natsFindings } from './nats-checks.ts';

/** logind's own default. */
const SHORTEST_DELAY = 5;

const shutdownDelay: Check = ({ inhibitDelaySeconds, shutdownGraceSeconds }) => {
  if (inhibitDelaySeconds === undefined || shutdownGraceSeconds <= Math.max(SHORTEST_DELAY, inhibitDelaySeconds))
    return undefined;
  return finding('shutdown-delay', {
    summary: `logind waits for ${inhibitDelaySeconds} s at a shutdown, shutdownGracePeriod is ${shutdownGraceSeconds} s.`,
    explanation: 'Pods that need longer are ended by systemd, in no order.',
    action: `The lines [Login] and InhibitDelayMaxSec=${shutdownGraceSeconds} in /etc/systemd/logind.conf.d/bramble.conf, then systemctl restart systemd-logind.`,
  });
};

export function examine(facts: DeviceFacts): readonly Finding[] {
  const found = [...kernelChecks, ...deviceChecks, shutdownDelay].flatMap((check) => check(facts) ?? []);
  return bySeverity([...found, ...natsFindings(facts.nats)]);
}
