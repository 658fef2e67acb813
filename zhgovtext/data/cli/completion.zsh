#compdef zhgovtext
# Completion of zhgovtext for zsh: made by "zhgovtext completion zsh".
_zhgovtext() {
  local -a commands=(
@COMMANDS@
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
@OPTIONS@
  esac
}
if [[ ${funcstack[1]} == _zhgovtext ]]; then
  _zhgovtext "$@"
else
  compdef _zhgovtext zhgovtext
fi
