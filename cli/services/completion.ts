import { CliError } from '../errors.ts';
import { near } from '../../domain/near.ts';

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# govcloud completion for bash: source <(govcloud completion bash)
_govcloud() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(govcloud __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  # A candidate that ends in = or / goes on.
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=/] ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -o default -F _govcloud govcloud
`,
  zsh: `#compdef govcloud
# govcloud completion for zsh: source <(govcloud completion zsh), or a file _govcloud in $fpath
_govcloud() {
  local -a candidates
  local line
  while IFS= read -r line; do
    candidates+=("\${line%%$'\\t'*}:\${\${line#*$'\\t'}//:/ }")
  done < <(govcloud __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then _describe govcloud candidates; else _files; fi
}
if [[ \${funcstack[1]} == _govcloud ]]; then _govcloud "$@"; else compdef _govcloud govcloud; fi
`,
  fish: `# govcloud completion for fish: govcloud completion fish | source
function __govcloud_complete
  set -l words (commandline -opc) (commandline -ct)
  govcloud __complete -- $words[2..] 2>/dev/null
end
complete -c govcloud -f -a '(__govcloud_complete)'
`,
};

/** A shell's completion script. @throws CliError E_SHELL */
export function completionScript(shell: string): string {
  const script = SCRIPTS[shell];
  if (script !== undefined) return script;
  const shells = Object.keys(SCRIPTS);
  throw new CliError('E_SHELL', { shell, shells: shells.join(', ') }, near(shell, shells));
}
