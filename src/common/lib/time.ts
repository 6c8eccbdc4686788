/** Conversions between milliseconds since 1970 and RFC 3339 text. Pure: the current time is never read here. */

/** Milliseconds: a span, or since 1970. */
export type Millis = number;

/** Formats milliseconds since 1970 as Kubernetes writes times: UTC, whole seconds, `2026-01-02T03:04:05Z`. */
export function toTimestamp(millis: Millis): string {
  return `${new Date(millis).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds since 1970 of an RFC 3339 time, or undefined when the text is none. */
export function fromTimestamp(text: string): Millis | undefined {
  const millis = Date.parse(text);
  return Number.isNaN(millis) ? undefined : millis;
}
