/** Reads the text of a settings file: a file of its own, so that a device without one holds no YAML parser in memory. */

import { parse } from 'yaml';

/** Throws what the parser says of a text that is no YAML. */
export function parseSettings(text: string): unknown {
  return parse(text) ?? {};
}
