# Shell integration for fish, read through --init-command after the user's own files: marks prompts and commands by
# OSC 633. By events alone: a fish_prompt that is wrapped would be what `funcsave fish_prompt` keeps for good.

if set --query ORCHFLOW_NONCE
    set --global --unexport __orchflow_nonce $argv[1]$ORCHFLOW_NONCE
    set --erase ORCHFLOW_NONCE

    function __orchflow_escaped # the text for a field of a mark
        set --local lines (builtin string sub --length 8192 -- $argv[1]) # a substitution is split at line ends
        set lines (builtin string replace --all \\ \\\\ -- $lines)
        set lines (builtin string replace --all ';' '\\x3b' -- $lines)
        set lines (builtin string replace --all \r '\\x0d' -- $lines)
        set lines (builtin string replace --all \t '\\x09' -- $lines)
        set lines (builtin string replace --all \a '\\x07' -- $lines)
        set lines (builtin string replace --all \x18 '\\x18' -- $lines)
        set lines (builtin string replace --all \x1a '\\x1a' -- $lines)
        set lines (builtin string replace --all \e '\\x1b' -- $lines)
        builtin string join '\\x0a' -- $lines
    end

    # A line that fish does not run for its syntax it leaves standing.
    function __orchflow_refused --on-event fish_posterror
        builtin printf '\e]633;P;Stands=1;%s\a' $__orchflow_nonce
        __orchflow_prompt
    end

    # A line that was cancelled is followed by a prompt without an event.
    function __orchflow_prompt --on-event fish_prompt --on-event fish_cancel
        builtin printf '\e]633;P;Cwd=%s;%s\a' (__orchflow_escaped $PWD) $__orchflow_nonce
        builtin printf '\e]633;%s;%s\a' A $__orchflow_nonce B $__orchflow_nonce
    end

    function __orchflow_started --on-event fish_preexec
        set --local line $argv[1]
        # A line that is kept out of the history is not told: its user had a reason.
        if builtin string match --quiet ' *' -- $line; or builtin test -n "$fish_private_mode"
            set line ''
        end
        builtin printf '\e]633;E;%s;%s\a' (__orchflow_escaped $line) $__orchflow_nonce
        builtin printf '\e]633;C;%s\a' $__orchflow_nonce
    end

    function __orchflow_finished --on-event fish_postexec
        builtin printf '\e]633;D;%s;%s\a' $status $__orchflow_nonce
    end
end
