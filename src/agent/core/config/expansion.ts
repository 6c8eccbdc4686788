/** `$(NAME)` in variables, commands and arguments, as Kubernetes expands it. */

/** `$$` is one dollar; a reference to what `lookUp` does not know stays as it is written. */
export function expand(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (lookUp(name) ?? whole),
  );
}
