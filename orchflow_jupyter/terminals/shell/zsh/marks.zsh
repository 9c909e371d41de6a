# Marks prompts and commands of zsh by OSC 633. They go straight to the terminal: a prompt that is shown before the
# user's files are done (powerlevel10k) has standard output redirected.

__orchflow_escaped() { # the text for a field of a mark, in REPLY
  REPLY=${1[1,8192]}
  REPLY=${REPLY//\\/\\\\}
  REPLY=${REPLY//;/\\x3b}
  REPLY=${REPLY//$'\n'/\\x0a}
  REPLY=${REPLY//$'\r'/\\x0d}
  REPLY=${REPLY//$'\t'/\\x09}
  REPLY=${REPLY//$'\a'/\\x07}
  REPLY=${REPLY//$'\x18'/\\x18}
  REPLY=${REPLY//$'\x1a'/\\x1a}
  REPLY=${REPLY//$'\e'/\\x1b}
}

__orchflow_started() {
  builtin local line=$1 REPLY
  # A line that is kept out of the history is not told: its user had a reason.
  [[ -o hist_ignore_space && $1 == ' '* ]] && line=''
  __orchflow_escaped "$line"
  builtin print -rn -- $'\e]633;E;'"$REPLY;$__orchflow_nonce"$'\a\e]633;C;'"$__orchflow_nonce"$'\a' >/dev/tty
  # zsh makes up for a missing line end before any hook runs; so what it prints for that tells the end of the output.
  builtin local mark=$'%{\e]633;D;%?;'$__orchflow_nonce$'\a%}'
  if [[ ${(t)PROMPT_EOL_MARK-} != *(export|readonly)* && ${PROMPT_EOL_MARK-} != "$mark"* ]]; then
    PROMPT_EOL_MARK=$mark${PROMPT_EOL_MARK-%B%S%#%s%b}
  fi
  # What the command shows or exports of the prompt has no mark in it.
  mark=$'%{\e]633;B;'$__orchflow_nonce$'\a%}'
  [[ $PS1 == *"$mark" ]] && PS1=${PS1%"$mark"}
  __orchflow_running=1
}

__orchflow_finished() {
  builtin local code=$?
  # Some plugins run these hooks from within the line editor, where no command has ended and no prompt begins.
  builtin zle || __orchflow_end $code
}

__orchflow_end() {
  if (( __orchflow_running )); then
    __orchflow_running=0
    [[ -o prompt_sp && -o prompt_cr && ${PROMPT_EOL_MARK-} == *";$__orchflow_nonce"* ]] && builtin return # it told
    builtin print -rn -- $'\e]633;D;'"$1;$__orchflow_nonce"$'\a' >/dev/tty
  fi
}

__orchflow_prompt() {
  builtin zle && return
  builtin local mark=$'\e]633;B;'$__orchflow_nonce$'\a'
  __orchflow_tell
  __orchflow_told=1
  if [[ -o prompt_percent && ${(t)PS1} != *(export|readonly)* && ${precmd_functions[-1]} == __orchflow_prompt ]]; then
    [[ $PS1 == *"%{$mark%}" ]] || PS1+="%{$mark%}"
  else # it cannot be put into the prompt, or would not stay there, or would be told to every program
    builtin print -rn -- "$mark" >/dev/tty
  fi
  __orchflow_hook
}

__orchflow_tell() { # where we are, and that a prompt begins
  builtin local REPLY
  __orchflow_escaped "$PWD"
  builtin print -rn -- $'\e]633;P;Cwd='"$REPLY;$__orchflow_nonce"$'\a\e]633;A;'"$__orchflow_nonce"$'\a' >/dev/tty
}

__orchflow_line() { # the line editor listens: an interrupt that met the prompt's making has left out all hooks
  [[ ${CONTEXT-} == start ]] || builtin return 0
  if (( ! __orchflow_told )); then
    __orchflow_end '' # nobody knows any more
    __orchflow_tell
    builtin print -rn -- $'\e]633;B;'"$__orchflow_nonce"$'\a' >/dev/tty
  fi
  __orchflow_told=0
}

__orchflow_hook() { # the first to hear of an end, and the last of a prompt and a beginning
  precmd_functions=(__orchflow_finished ${${precmd_functions:#__orchflow_finished}:#__orchflow_prompt} __orchflow_prompt)
  preexec_functions=(${preexec_functions:#__orchflow_started} __orchflow_started)
}

__orchflow_begin() {
  builtin typeset -gi +x __orchflow_running=0 __orchflow_told=0
  builtin typeset -ga precmd_functions preexec_functions
  builtin autoload -Uz add-zle-hook-widget && add-zle-hook-widget line-init __orchflow_line 2>/dev/null
  __orchflow_hook
  __orchflow_prompt
  builtin unset -f __orchflow_begin
}

# What is scheduled runs before the first prompt, behind all of the user's files and hooks (zshmodules(1), "sched").
builtin zmodload zsh/sched && builtin sched +0 __orchflow_begin
