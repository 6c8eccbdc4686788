/** Scanning of JSONPath text: brackets and quotes that belong together. */

/** A template that cannot be understood; the message says what and where. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

/** Index of the bracket that closes what is open before `from`, quotes and inner brackets skipped. */
export function closing(text: string, from: number, bracket: ']' | '}'): number {
  const pair = bracket === ']' ? '[' : '{';
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    const letter = text[at];
    if (letter === '\\') at++;
    else if (letter === '"' || letter === "'") at = quoteEnd(text, at);
    else if (letter === pair) depth++;
    else if (letter === bracket && --depth === 0) return at;
  }
  throw new JsonPathError(`${JSON.stringify(text)} has no closing ${bracket}`);
}

function quoteEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === text[from]) return at;
  }
  throw new JsonPathError(`${JSON.stringify(text)} has no closing quote`);
}

/** Splits at a separator that stands neither in quotes nor in brackets. */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"' || text[at] === "'") at = quoteEnd(text, at);
    else if (text[at] === '[') at = closing(text, at + 1, ']');
    else if (text.startsWith(separator, at)) {
      parts.push(text.slice(start, at));
      at += separator.length - 1;
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** The text inside a quoted literal, escapes resolved. */
export function unquote(text: string): string {
  if (quoteEnd(text, 0) !== text.length - 1) throw new JsonPathError(`cannot read ${text}`);
  return text.slice(1, -1).replaceAll(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter);
}
