/** HTTP headers as they stand in settings. */

import { SettingsError } from '../../common/process/load-settings.ts';

/** Lines of `NAME: VALUE`; `flag` is named when one is none. Throws SettingsError. */
export function headersOf(text: string, flag: string): Readonly<Record<string, string>> {
  const headers = text.split('\n').flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    if (line.trim() === '') return [];
    if (colon < 1) throw new SettingsError(`${flag}: must be lines of NAME: VALUE`);
    return [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]];
  });
  return Object.fromEntries(headers);
}
