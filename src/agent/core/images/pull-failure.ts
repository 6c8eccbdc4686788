/** What the runtime's words for a pull that failed mean. */

/**
 * The network's own failures, in the words of Go's net, http and tls packages, and a gateway's that reaches nobody. A
 * certificate that is not valid yet is a clock that is not set yet, as on a device that has just lost its power.
 */
const unreachable =
  /dial tcp|no such host|network is unreachable|no route to host|connection (refused|reset)|i\/o timeout|TLS handshake timeout|deadline exceeded|unexpected EOF|: EOF$|server misbehaving|not yet valid|unexpected status[^:]*: 50[234]|50[234] (Bad Gateway|Service Unavailable|Gateway Time)/i;
const otherPlatform = /no match for platform/i;

/** Whether the registry could not be reached, rather than that it refused. */
export function isUnreachable(message: string): boolean {
  return unreachable.test(message);
}

/** The runtime's words, with the reason in words where they leave the user guessing. */
export function pullFailure(image: string, message: string, architecture: string | undefined): string {
  if (architecture === undefined || !otherPlatform.test(message)) return message;
  return `image "${image}" is not made for this device, which is linux/${architecture}: ${message}`;
}

const denied = /401|403|unauthorized|forbidden|denied|authorization failed|insufficient_scope/i;

/** What a registry refused to whom no password was sent, with the reason for that. */
export function withoutPassword(message: string, host: string, secrets: number): string {
  if (!denied.test(message)) return message;
  const why = secrets === 0 ? 'the pod has no imagePullSecrets' : `none of its imagePullSecrets has one for ${host}`;
  return `${message} (no password was sent: ${why})`;
}

/** What is said of an image for another architecture than the device's; undefined when it is for this one, or unknown. */
export function foreignImage(
  image: string,
  architecture: string | undefined,
  device: string | undefined,
): string | undefined {
  if (architecture === undefined || device === undefined) return undefined;
  if (runsOn(architecture, device)) return undefined;
  return `image "${image}" is for linux/${architecture}, and this device is linux/${device}`;
}

/** 64-bit processors run their 32-bit programs. */
export function runsOn(architecture: string, device: string): boolean {
  return (
    architecture === device ||
    (device === 'amd64' && architecture === '386') ||
    (device === 'arm64' && architecture === 'arm')
  );
}
