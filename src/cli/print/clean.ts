/** Strings from the cluster must not move the cursor or hide text: control and direction-changing characters go. */

const directions = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One line of a table: every control character, line breaks too, becomes a space. */
export function cleanLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').replaceAll(directions, '');
}

/** Several lines: line breaks and tabs stay. */
export function cleanBlock(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '').replaceAll(directions, '');
}
