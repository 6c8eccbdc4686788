/** What the doctor can find: each with an id, a severity and an exit code of its own. docs/doctor.md has the same table. */

/** `error`: pods do not run, or not as promised. `warning`: something will break. `info`: good to know; exits with 0. */
export type Severity = 'error' | 'warning' | 'info';
type Entry = { readonly severity: Severity; readonly exitCode: number };

const error = (exitCode: number): Entry => ({ severity: 'error', exitCode });
const warning = (exitCode: number): Entry => ({ severity: 'warning', exitCode });

/** Of several findings the most severe gives the exit code, of equally severe ones the first of this list. */
export const catalogue = {
  'cpu-armv6': error(10),
  'memory-cgroup': error(11),
  'root-read-only': error(12),
  'disk-full': error(13),
  'kernel-modules': error(14),
  'clock-implausible': error(15),
  'machine-id-missing': error(16),
  'machine-id-duplicate': error(17),
  'cni-plugins': error(20),
  'cni-network': error(21),
  'runtime-missing': error(30),
  'runtime-down': error(31),
  'runtime-permission': error(32),
  'runtime-not-cri-v1': error(33),
  'runtime-silent': error(34),
  'runtime-not-ready': error(35),
  'nats-name': error(40),
  'nats-route': error(41),
  'nats-port-refused': error(42),
  'nats-port-silent': error(43),
  'nats-no-nats': error(44),
  'nats-tls-unknown': error(45),
  'nats-tls-expired': error(46),
  'nats-tls-early': error(47),
  'nats-tls-name': error(48),
  'nats-tls-failed': error(49),
  'nats-credentials-unreadable': error(50),
  'nats-credentials-expired': error(51),
  'nats-credentials-refused': error(52),
  'nats-login': error(53),
  'nats-version': error(54),
  'reboot-needed': warning(60),
  'page-size': warning(61),
  'swap-accounting': warning(62),
  'disk-low': warning(63),
  'kernel-modules-gone': warning(64),
  'kernel-modules-unloaded': warning(65),
  sysctls: warning(66),
  'cmdline-lines': warning(67),
  'shutdown-delay': { severity: 'info', exitCode: 0 },
} as const satisfies Readonly<Record<string, Entry>>;

export type FindingId = keyof typeof catalogue;

export type Finding = {
  readonly id: FindingId;
  readonly severity: Severity;
  /** The finding in one line. */
  readonly summary: string;
  /** What breaks. */
  readonly explanation: string;
  /** What to do. */
  readonly action: string;
  readonly exitCode: number;
  /** Whether `--fix` mends it. */
  readonly fixable: boolean;
};
type Words = Pick<Finding, 'summary' | 'explanation' | 'action'>;
type Differing = { readonly fixable?: boolean; readonly severity?: Severity };

export function finding(id: FindingId, words: Words, { fixable = false, severity }: Differing = {}): Finding {
  const entry: Entry = catalogue[id];
  return { id, ...entry, ...(severity === undefined ? {} : { severity }), ...words, fixable };
}

const order: readonly Severity[] = ['error', 'warning', 'info'];
const ids = Object.keys(catalogue);

/** The most severe first. */
export function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  const rank = ({ severity, id }: Finding) => order.indexOf(severity) * ids.length + ids.indexOf(id);
  return [...findings].sort((one, other) => rank(one) - rank(other));
}

/** 0 when nothing is wrong. */
export function exitCodeOf(findings: readonly Finding[]): number {
  const [first] = bySeverity(findings);
  return first === undefined || first.severity === 'info' ? 0 : first.exitCode;
}
