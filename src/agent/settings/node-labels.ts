/** The labels that an agent's settings give to its Node. */

import { SettingsError } from '../../common/process/load-settings.ts';

/** `a=b,c=d` as a map. Throws SettingsError. */
export function nodeLabelsOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new SettingsError(`--node-labels: must be key=value,key=value; found ${JSON.stringify(pair)}`);
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}
