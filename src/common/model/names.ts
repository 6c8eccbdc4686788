/** The name patterns of Kubernetes, and checks that answer with a sentence when a name breaks its rule. */
import * as z from 'zod';

const address = z.union([z.ipv4(), z.ipv6()]);
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const namePart = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const configKey = /^[-._a-zA-Z0-9]+$/;
const envName = /^[!-<>-~][ -<>-~]*$/;
const portName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Why `name` is no RFC 1123 label (at most 63 of a-z, 0-9 and -), or undefined when it is one. */
export function notDns1123Label(name: string): string | undefined {
  if (name.length > 63) return 'must be no more than 63 characters';
  if (label.test(name)) return undefined;
  return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (for example 'my-name')";
}

/** Why `name` is no RFC 1123 subdomain (labels joined by dots, at most 253 characters), or undefined. */
export function notDns1123Subdomain(name: string): string | undefined {
  if (name.length > 253) return 'must be no more than 253 characters';
  if (subdomain.test(name)) return undefined;
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (for example 'example.com')";
}

/** Why `key` is no qualified name (`[prefix/]name`, as label keys, resource names and finalizers are), or undefined. */
export function notQualifiedName(key: string): string | undefined {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = slash < 0 ? key : key.slice(slash + 1);
  if (prefix === '') return 'prefix part must be non-empty';
  if (prefix !== undefined) {
    const why = notDns1123Subdomain(prefix);
    if (why) return `prefix part ${why}`;
  }
  if (name === '') return 'name part must be non-empty';
  if (name.length > 63) return 'name part must be no more than 63 characters';
  if (namePart.test(name)) return undefined;
  return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (for example 'MyName' or 'my.name')";
}

/** Why `value` is no label value (empty, or at most 63 characters of a qualified name's kind), or undefined. */
export function notLabelValue(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters';
  if (value === '' || namePart.test(value)) return undefined;
  return "a valid label value must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
}

/** Why `key` is no key of a ConfigMap or Secret, or undefined. */
export function notConfigKey(key: string): string | undefined {
  if (key.length > 253) return 'must be no more than 253 characters';
  if (key === '.' || key === '..' || key.startsWith('..')) return "must not be '.' and must not start with '..'";
  if (configKey.test(key)) return undefined;
  return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (for example 'key.name')";
}

/** Why `name` is no name of an environment variable (printable ASCII without '='), or undefined. */
export function notEnvName(name: string): string | undefined {
  if (name === '') return 'must be non-empty';
  if (envName.test(name)) return undefined;
  return "a valid environment variable name must consist only of printable ASCII characters other than '='";
}

/** Why `name` is no port name (RFC 6335: at most 15 characters with a letter), or undefined. */
export function notPortName(name: string): string | undefined {
  if (name.length > 15) return 'must be no more than 15 characters';
  if (!/[a-z]/.test(name)) return 'must contain at least one letter (a-z)';
  if (!portName.test(name) || name.includes('--')) {
    return "must contain only lower case alphanumeric characters and '-', start and end with an alphanumeric character, and must not contain consecutive hyphens";
  }
  return undefined;
}

/** Why `text` is no IPv4 or IPv6 address, or undefined. */
export function notIp(text: string): string | undefined {
  if (address.safeParse(text).success) return undefined;
  return 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
}
