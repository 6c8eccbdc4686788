/** Resolves a process's settings from its file, the environment and the command line. Pure. */

import type { z } from 'zod';

/** Where settings come from, weakest first. Keys of `file` and `flags` are the settings' names. */
export type SettingSources = {
  readonly file?: { readonly path: string; readonly content: unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, unknown>>;
};

/** `dataDir` ⇒ `BRAMBLE_DATA_DIR`, `nodeIP` ⇒ `BRAMBLE_NODE_IP`, `imageMaximumGCAge` ⇒ `BRAMBLE_IMAGE_MAXIMUM_GC_AGE`. */
export function variableOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z])([A-Z][a-z])/g, '$1_$2');
  return `BRAMBLE_${words.toUpperCase()}`;
}

/** `dataDir` ⇒ `--data-dir`. */
export function flagOf(name: string): string {
  return `--${variableOf(name).slice('BRAMBLE_'.length).toLowerCase().replaceAll('_', '-')}`;
}

/** The settings, frozen, or one line for each problem that names its source, what was found and what is accepted. */
export function resolveSettings<S extends z.ZodObject>(
  schema: S,
  sources: SettingSources,
):
  | { readonly ok: true; readonly settings: Readonly<z.infer<S>> }
  | { readonly ok: false; readonly problems: readonly string[] } {
  const merged: Record<string, unknown> = {};
  const origin = new Map<string, string>();
  const take = (name: string, value: unknown, from: string): void => {
    if (value === undefined) return;
    merged[name] = value;
    origin.set(name, from);
  };
  if (sources.file !== undefined) {
    const { path, content } = sources.file;
    if (content !== null && content !== undefined) {
      if (typeof content !== 'object' || Array.isArray(content))
        return { ok: false, problems: [`${path}: must be a map of settings`] };
      for (const [name, value] of Object.entries(content)) take(name, value, `${path}: ${name}`);
    }
  }
  for (const name of Object.keys(schema.shape)) {
    take(name, sources.env[variableOf(name)], variableOf(name));
    take(name, sources.flags[name], flagOf(name));
  }
  const result = schema.safeParse(merged);
  if (result.success) return { ok: true, settings: Object.freeze(result.data) };
  return {
    ok: false,
    problems: result.error.issues.flatMap((issue) => describe(issue, merged, origin, Object.keys(schema.shape))),
  };
}

function describe(
  issue: z.core.$ZodIssue,
  merged: Readonly<Record<string, unknown>>,
  origin: ReadonlyMap<string, string>,
  known: readonly string[],
): string[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    return issue.keys.map((name) => `${origin.get(name) ?? name}: unknown setting; known are ${known.join(', ')}`);
  }
  const [top = '', ...inner] = issue.path;
  const name = String(top);
  const found = valueAt(merged[name], inner);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => `.${key}`).join(', ') : '';
  const where = `${origin.get(name) ?? name}${inner.map(stepText).join('')}${unknown}`;
  const message = unknown === '' ? issue.message : 'there is no such field';
  return [`${where}: ${message}${unknown === '' ? `; found ${JSON.stringify(found)}` : ''}`];
}

/** `profiles[0].name` */
const stepText = (step: PropertyKey): string => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`);

/** What stands at a path in a setting that is a list or a map; as text it is JSON. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  if (path.length === 0) return value;
  let at = typeof value === 'string' ? (JSON.parse(value) as unknown) : value;
  for (const step of path) at = at === null || typeof at !== 'object' ? undefined : Reflect.get(at, step);
  return at;
}
