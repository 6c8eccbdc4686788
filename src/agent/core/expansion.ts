/** `$(NAME)` in variables, commands and arguments, as Kubernetes expands it. */

/** `$$` is one dollar; a reference to what `valueOf` does not know stays as it is written. */
export function expand(text: string, valueOf: (name: string) => string | undefined): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (valueOf(name) ?? whole),
  );
}
