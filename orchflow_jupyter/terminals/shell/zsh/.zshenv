# Shell integration for zsh, found through $ZDOTDIR: puts $ZDOTDIR back, reads the user's .zshenv as zsh itself would
# have (sourcehome in its Src/init.c), and so leaves every later file, and $HISTFILE's default, to zsh and its user.

if [[ -n "${ORCHFLOW_NONCE-}" ]]; then
  builtin typeset -g +x __orchflow_nonce="$ORCHFLOW_NONCE" __orchflow_scripts="$ZDOTDIR"
  builtin unset ORCHFLOW_NONCE ZDOTDIR
  if [[ -n "${ORCHFLOW_ZDOTDIR+x}" ]]; then
    builtin export ZDOTDIR="$ORCHFLOW_ZDOTDIR"
    builtin unset ORCHFLOW_ZDOTDIR
  fi
  {
    [[ -r "${ZDOTDIR-$HOME}/.zshenv" ]] && builtin source "${ZDOTDIR-$HOME}/.zshenv"
  } always {
    # Functions that are defined so run with these options, whatever their user sets (zshbuiltins(1), "emulate").
    builtin emulate zsh -o no_aliases -o no_warn_create_global -o no_xtrace -c '
      builtin source "$__orchflow_scripts/marks.zsh"'
    builtin unset __orchflow_scripts
  }
fi
