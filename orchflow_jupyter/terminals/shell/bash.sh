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
  __orchflow_first=${PROMPT_COMMAND[0]-} # the user's own hook, where ours stands from now on
  # A trace (set -x) of our hooks would be a part of a command's output, and be seen at each prompt.
  __orchflow_before='{ __orchflow_finished; } 2>&-'
  __orchflow_behind='{ __orchflow_prompt; } 2>&-'
  __orchflow_many=$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) # whether there may be several

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
    builtin local "status=$?" "options=$-"
    builtin local -
    builtin set +eux # errexit would end the shell
    __orchflow_tell
    __orchflow_keep
  }

  __orchflow_prompt() {
    builtin local "status=$?" "options=$-" REPLY
    builtin local -
    builtin set +eux
    __orchflow_tell
    if ((__orchflow_many)) && [[ "${PROMPT_COMMAND[0]-}" != "$__orchflow_before" && "${PROMPT_COMMAND@a}" != *r* ]]; then
      __orchflow_hook
    fi
    __orchflow_last=$(HISTTIMEFORMAT='' builtin history 1) # other than by its number nothing tells a new line
    __orchflow_last=${__orchflow_last#"${__orchflow_last%%[! ]*}"}
    __orchflow_last=${__orchflow_last%%[!0-9]*}
    __orchflow_escaped "$PWD"
    __orchflow_say '\e]633;P;Cwd=%s;%s\a\e]633;A;%s\a' "$REPLY" "$__orchflow_nonce" "$__orchflow_nonce"
    __orchflow_marks
    __orchflow_keep
  }

  __orchflow_tell() { # the end of what has run
    if ((__orchflow_running)); then
      __orchflow_running=''
      __orchflow_say '\e]633;D;%s;%s\a' "$status" "$__orchflow_nonce"
    fi
  }

  __orchflow_say() { # also where the shell's own output goes into a file (exec >file), which is to have no marks in it
    if [[ -t 1 ]]; then builtin printf "$@"; else builtin printf "$@" >/dev/tty; fi
  }

  __orchflow_keep() { # $?, which bash keeps itself from 5.1 on; a status would end the shell, or set off a trap
    ((__orchflow_many)) || [[ "$options" == *e* ]] || builtin return "$status"
  }

  __orchflow_hook() { # puts our hooks first and last where their user has put others before them, or in their place
    builtin local hook replaced=''
    builtin local -a theirs
    theirs=("${PROMPT_COMMAND[@]}")
    if [[ "${theirs[0]-}" != *__orchflow_finished* ]]; then
      replaced=$__orchflow_first
      __orchflow_first=${theirs[0]-}
    fi
    PROMPT_COMMAND=("$__orchflow_before")
    hook=${theirs[0]//"$__orchflow_before"/:} # that would take the status of what stands before it for the command's
    [[ "$hook" == : || "$hook" == "$__orchflow_behind" ]] || PROMPT_COMMAND+=("$hook")
    for hook in "${theirs[@]:1}"; do
      [[ "$hook" == "$__orchflow_behind" || -n "$replaced" && "$hook" == "$replaced" ]] || PROMPT_COMMAND+=("$hook")
    done
    PROMPT_COMMAND[99]=$__orchflow_behind
  }

  __orchflow_marks() { # in the prompts, which the user's own hooks may have set anew
    # Without the nonce itself: its user may export it. The first tells an end where our hooks are gone.
    builtin local lost='${__orchflow_running:+\[\e]633;D;$?;${__orchflow_nonce-}\a\e]633;A;${__orchflow_nonce-}\a\]}'
    builtin local mark='\[\e]633;B;${__orchflow_nonce-}\a\]'
    builtin local begun='$({ __orchflow_started; } 2>&-)${__orchflow_nonce:$((__orchflow_running=1)):0}'
    if [[ "${PS0@a}${PS1@a}" == *r* ]] || ! builtin shopt -q promptvars; then # nothing is told any more
      [[ "${PS1@a}" == *r* ]] || PS1=${PS1//"$lost"/} PS1=${PS1//"$mark"/}
      [[ "${PS0@a}" == *r* ]] || PS0=${PS0//"$begun"/}
      builtin return
    fi
    [[ "${PS1-}" == *"$mark" ]] || PS1="${PS1-}$mark"
    if [[ "$options" == *a* ]]; then # what is exported would show in shells that have no \e
      PS1=${PS1//"$lost"/}
    elif [[ "$PS1" != *"$lost"* ]]; then
      PS1=$lost$PS1
    fi
    [[ "${PS0-}" == *"$begun" ]] || PS0="${PS0-}$begun"
    builtin export -n PS0 __orchflow_running __orchflow_last # set -a exports them
  }

  __orchflow_started() { # in a subshell, so that nothing here stays
    builtin set +eux
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

  if ((__orchflow_many)); then
    PROMPT_COMMAND=("$__orchflow_before" "${PROMPT_COMMAND[@]}")
    PROMPT_COMMAND[99]=$__orchflow_behind # where what is put in the place of the first does not take it away
  else
    PROMPT_COMMAND="$__orchflow_before${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}"$'\n'"$__orchflow_behind"
  fi
  builtin export -fn __orchflow_escaped __orchflow_finished __orchflow_prompt __orchflow_started __orchflow_tell \
    __orchflow_keep __orchflow_hook __orchflow_marks __orchflow_say
  builtin export -n __orchflow_nonce __orchflow_running __orchflow_last __orchflow_first __orchflow_many \
    __orchflow_before __orchflow_behind
fi
