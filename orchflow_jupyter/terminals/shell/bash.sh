# Shell integration for bash, read through $ENV by an interactive shell in POSIX mode: reads the user's own files as
# bash itself would have (run_startup_files in its shell.c), then marks prompts and commands by OSC 633.

if [[ -n "${ORCHFLOW_NONCE-}" ]]; then
  builtin set +o posix
  builtin shopt -u inherit_errexit 2>/dev/null # leaving POSIX mode does not undo it
  __orchflow_nonce=$ORCHFLOW_NONCE
  builtin unset ORCHFLOW_NONCE ENV
  if [[ -n "${ORCHFLOW_ENV+x}" ]]; then
    builtin export ENV="$ORCHFLOW_ENV"
    builtin unset ORCHFLOW_ENV
  fi
  if [[ -n "${ORCHFLOW_HISTFILE-}" ]]; then
    builtin export -n HISTFILE
    builtin unset ORCHFLOW_HISTFILE
  fi

  if builtin shopt -q login_shell; then
    [[ -r /etc/profile ]] && builtin source /etc/profile
    for __orchflow_file in ~/.bash_profile ~/.bash_login ~/.profile; do
      if [[ -f "$__orchflow_file" && -r "$__orchflow_file" ]]; then
        builtin source "$__orchflow_file"
        break
      fi
    done
  else
    [[ -r /etc/bash.bashrc ]] && builtin source /etc/bash.bashrc
    [[ -r ~/.bashrc ]] && builtin source ~/.bashrc
  fi
  builtin unset __orchflow_file
fi

# PS0 came with bash 4.4; without it a command's beginning cannot be told.
if [[ -n "${__orchflow_nonce-}" ]] && ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
  __orchflow_running='' # 1 from a command's beginning until its end is told
  __orchflow_last=''
  __orchflow_prompt=0

  __orchflow_escaped() { # the text for a field of a mark, in REPLY
    REPLY=${1:0:8192}
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

  __orchflow_finished() {
    builtin local status=$? options=$-
    { builtin local - && builtin set +eux; } 2>/dev/null # a trace would be a part of a command's output
    if ((__orchflow_running)); then
      __orchflow_running=''
      builtin printf '\e]633;D;%s;%s\a' "$status" "$__orchflow_nonce"
    fi
    # Under errexit it would end the shell; from 5.1 on bash itself keeps $? from one hook to the next.
    [[ "$options" == *e* ]] || builtin return "$status"
  }

  __orchflow_prompt() {
    builtin local status=$? options=$- REPLY
    { builtin local - && builtin set +eux; } 2>/dev/null
    # Without the nonce itself: its user may export it. The first tells an end where our hooks are gone.
    builtin local lost='${__orchflow_running:+\[\e]633;D;$?;${__orchflow_nonce-}\a\e]633;A;${__orchflow_nonce-}\a\]}'
    builtin local mark='\[\e]633;B;${__orchflow_nonce-}\a\]'
    builtin local begun='$(__orchflow_started)${__orchflow_nonce:$((__orchflow_running=1)):0}'
    # Puts the hook back where it is gone; its name is a variable's, too, that is 0.
    ((__orchflow_many)) && begun+='${__orchflow_nonce:${PROMPT_COMMAND[99]:=__orchflow_prompt}:0}'
    if ((__orchflow_running)); then # the hook that tells it is gone
      __orchflow_running=''
      builtin printf '\e]633;D;%s;%s\a' "$status" "$__orchflow_nonce"
    fi
    __orchflow_last=$(HISTTIMEFORMAT='' builtin history 1) # other than by its number nothing tells a new line
    __orchflow_last=${__orchflow_last#"${__orchflow_last%%[! ]*}"}
    __orchflow_last=${__orchflow_last%%[!0-9]*}
    __orchflow_escaped "$PWD"
    builtin printf '\e]633;P;Cwd=%s;%s\a\e]633;A;%s\a' "$REPLY" "$__orchflow_nonce" "$__orchflow_nonce"
    # The user's own hooks may have set both anew.
    [[ "${PS1-}" == *"$mark" ]] || PS1="${PS1-}$mark"
    [[ "${PS1-}" == *"$lost"* ]] || PS1="$lost${PS1-}"
    [[ "${PS0-}" == *"$begun" ]] || PS0="${PS0-}$begun"
    builtin export -n PS0 # set -a exports it, to shells that have none of these functions
    [[ "$options" == *e* ]] || builtin return "$status"
  }

  __orchflow_started() { # in a subshell, so that nothing here stays
    { builtin set +eux; } 2>/dev/null
    builtin local line number REPLY
    # A line that is kept out of the history is not told: its user had a reason.
    if [[ -o history ]]; then
      line=$(HISTTIMEFORMAT='' builtin history 1)
      line=${line#"${line%%[! ]*}"}
      number=${line%%[!0-9]*}
      line=${line#"$number"}
      line=${line#\*}
      line=${line#"${line%%[! ]*}"}
      if [[ "$number" == "$__orchflow_last" ]] && [[ ":${HISTCONTROL-}:" == *:ignore@(space|both):* || -n "${HISTIGNORE-}" ]]; then
        line=''
      fi
      __orchflow_escaped "$line"
      builtin printf '\e]633;E;%s;%s\a' "$REPLY" "$__orchflow_nonce"
    fi
    builtin printf '\e]633;C;%s\a' "$__orchflow_nonce"
  }

  __orchflow_many=$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) # whether there may be several hooks
  if ((__orchflow_many)); then
    PROMPT_COMMAND=(__orchflow_finished "${PROMPT_COMMAND[@]}")
    PROMPT_COMMAND[99]=__orchflow_prompt # the last one, where another one is looked for at each command
  else
    PROMPT_COMMAND="__orchflow_finished${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}"$'\n'__orchflow_prompt
  fi
  builtin export -fn __orchflow_escaped __orchflow_finished __orchflow_prompt __orchflow_started
  builtin export -n __orchflow_nonce __orchflow_running __orchflow_last __orchflow_prompt __orchflow_many
fi
