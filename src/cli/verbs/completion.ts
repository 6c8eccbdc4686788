/** `completion`: the scripts that a shell loads; they ask `bramble __complete` what may come next. */

import { type ExitCode, exitCode, usageError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { Call } from '../verb.ts';

const bash = `# bash completion for bramble: source <(bramble completion bash)
_bramble() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" __complete -- "\${words[@]}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _bramble bramble
`;
const zsh = `#compdef bramble
# zsh completion for bramble: source <(bramble completion zsh)
_bramble() {
  local -a found
  found=("\${(@f)$(\${words[1]} __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -n "\${found[1]}" ]] && compadd -a found || _files
}
compdef _bramble bramble
`;

export async function completion(io: Io, { args }: Call<Readonly<Record<never, never>>>): Promise<ExitCode> {
  const script = args[0] === 'bash' ? bash : args[0] === 'zsh' ? zsh : undefined;
  if (script === undefined) throw usageError('name the shell: bash or zsh');
  await io.stdout.write(script);
  return exitCode.ok;
}
