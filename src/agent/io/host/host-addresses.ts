/** Addresses of this machine's network interfaces. */
import { networkInterfaces } from 'node:os';

/**
 * IPv4 addresses of an interface; without one, or when it has none, the first address that leaves the machine. An `inner`
 * interface, as the bridge of the pods, leads nowhere else.
 */
export function addressesOf(interfaceName: string | undefined, inner: (name: string) => boolean): readonly string[] {
  const all = networkInterfaces();
  const usable = (name: string) =>
    (all[name] ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
  const wanted = interfaceName === undefined ? [] : usable(interfaceName);
  return (
    wanted.length > 0
      ? wanted
      : Object.keys(all)
          .filter((name) => !inner(name))
          .flatMap(usable)
  ).slice(0, 1);
}
