# Completion of zhgovtext for bash: made by "zhgovtext completion bash".
_zhgovtext() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words='' options=''
  COMPREPLY=()
  # --option=value is three words.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous=${COMP_WORDS[COMP_CWORD-2]}
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W @COMMANDS@' --help --version' -- "$current"))
    return
  fi
  case "${COMP_WORDS[1]} $previous" in
@VALUES@
  esac
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case "${COMP_WORDS[1]}" in
@OPTIONS@
  esac
  if [[ $current == -* ]]; then
    words=$options
  fi
  # Without words the shell completes names of files.
  COMPREPLY=($(compgen -W "$words" -- "$current")) || :
}
complete -o default -F _zhgovtext zhgovtext
