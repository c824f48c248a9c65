# Shared by infra/up, infra/down and infra/test. A part is one process (or one with its children): postgres, redis,
# simulator, node-1, node-2, ..., nginx. A script that includes this sets RUN, the run directory.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
# Build servers would stay behind after the scripts have ended.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
# Everything talks over loopback; a proxy of the machine has no part in it.
export NO_PROXY="${NO_PROXY:+$NO_PROXY,}127.0.0.1,localhost,::1" no_proxy="${no_proxy:+$no_proxy,}127.0.0.1,localhost,::1"

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
is_root() { [[ $(id -u) == 0 ]]; }

# The caller may have more files open than a terminal has (a lock, a pipe that is read to its end). What is started here
# outlives this shell and would keep them open.
close_inherited() {
    local fd
    for fd in /proc/self/fd/*; do
        fd=${fd##*/}
        # Bash reads the script itself from one of them.
        ((fd <= 2)) || [[ /proc/self/fd/$fd -ef $0 ]] || eval "exec $fd>&-"
    done
}
close_inherited

# A relative path is taken from where the caller stands.
use_run_dir() {
    mkdir -p "$1/logs" "$1/pids"
    RUN=$(cd "$1" && pwd)
    chmod 711 "$RUN"        # the user postgres passes through to its data, and cannot list
}

# One script at a time works on a run directory. Children must not inherit the lock: they are started with 9>&-.
lock_run_dir() {
    exec 9>"$RUN/lock"
    flock -w 300 9 || die "another script has been working on $RUN for five minutes"
}

# --- options ----------------------------------------------------------------------------------------------------------

# A script has the options that its usage shows at the start of a line, with what they want in capitals: `  --nodes N`.
# They are left in OPTION by name: the value, or yes where none is wanted; an option given twice has both values. What is no
# option is left in ARGUMENTS.
declare -A OPTION=()
ARGUMENTS=()

parse_options() {       # how many other arguments the script takes, the command line...
    local limit=$1 wanted
    shift
    while (($#)); do
        case $1 in
            -h | --help) usage; exit ;;
            -*)
                wanted=$(wanted_by "$1") || { usage >&2; die "unknown option $1"; }
                if [[ -z $wanted ]]; then OPTION[${1#--}]=yes; shift; continue; fi
                [[ -n ${2:-} ]] || die "$1 wants $wanted"
                OPTION[${1#--}]=${OPTION[${1#--}]:+${OPTION[${1#--}]} }$2
                shift ;;
            *) ARGUMENTS+=("$1") ;;
        esac
        shift
    done
    ((${#ARGUMENTS[@]} <= limit)) || { usage >&2; die "one argument too many: ${ARGUMENTS[limit]}"; }
}

# Prints what an option wants, if anything; fails where the usage does not show the option.
wanted_by() {           # option
    usage | awk -v option="$1" '/^  --/ && $1 == option { if ($2 ~ /^[A-Z]+$/) print $2; found = 1 } END { exit !found }'
}

demand_option() {       # name, pattern, what it wants in words
    [[ ! -v OPTION[$1] || ${OPTION[$1]} =~ $2 ]] || die "--$1 wants $3"
}

demand_file() {         # name, what it wants in words
    [[ ! -v OPTION[$1] || -f ${OPTION[$1]} ]] || die "--$1 wants $2"
}

# Prints those of the options that were given, a word a line, for a program that takes the same.
given_options() {       # names...
    local name
    for name in "$@"; do
        [[ ! -v OPTION[$name] ]] || printf -- '--%s\n' "$name"
        [[ ! -v OPTION[$name] || -z $(wanted_by "--$name") ]] || printf '%s\n' "${OPTION[$name]}"
    done
}

# --- processes -------------------------------------------------------------------------------------------------------

# Prints a field of /proc/PID/stat, counted after the name, which may hold blanks.
stat_field() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f "$2"; }

# Pids are used again; a pid together with its start time is not.
started_at() { stat_field "$1" 20; }
state_of() { stat_field "$1" 1; }
session_of() { stat_field "$1" 4; }

remember() {    # part, pid
    printf '%s %s\n' "$2" "$(started_at "$2")" >"$RUN/pids/$1"
    record_pid "$1" "$2"
}

forget() {      # part
    rm -f "$RUN/pids/$1"
    record_pid "$1" 0
}

record_pid() {
    [[ ! -f $RUN/cluster.json ]] || node "$ROOT/infra/lib/cluster.mjs" pid "$RUN/cluster.json" "$1" "$2"
}

# Prints the pid of a part that we started and that still is that process.
pid_of() {
    local pid start
    read -r pid start 2>/dev/null <"$RUN/pids/$1" || return 1
    # The state first: a process that is reaped between the two has none, and counts as ended.
    [[ $(state_of "$pid") == [!Z] && -n $start && $(started_at "$pid") == "$start" ]] || return 1
    printf '%s' "$pid"
}
is_running() { pid_of "$1" >/dev/null; }

# Starts a command that outlives this shell and the terminal.
launch() {      # part, working directory, command...
    local part=$1 directory=$2
    shift 2
    (cd "$directory" && exec setsid nohup "$@" </dev/null >>"$RUN/logs/$part.log" 2>&1 9>&-) &
    remember "$part" $!
}

# Ends parts together: a polite signal to all, force for those that are still there at the deadline.
stop_parts() {
    local part pid signal deadline=$((SECONDS + 40))     # a node drains first, which takes up to 30 s
    for part in "$@"; do
        # On TERM PostgreSQL would wait for its clients. CONT, because a process that is halted hears nothing else.
        [[ $part == postgres ]] && signal=INT || signal=TERM
        ! pid=$(pid_of "$part") || { kill -s "$signal" "$pid" && kill -s CONT "$pid"; } 2>/dev/null || true
    done
    for part in "$@"; do
        while is_running "$part" && ((SECONDS < deadline)); do sleep 0.1; done
        if pid=$(pid_of "$part"); then
            say "$part did not end within 40 s and was killed"
            kill -s KILL "$pid" 2>/dev/null || true
        fi
        [[ $part != nginx ]] || end_orphaned_workers
        forget "$part"
    done
}

# nginx's workers go on serving when their master was killed. They still are in the session that it led.
end_orphaned_workers() {
    local session start entry
    ! is_running nginx && read -r session start 2>/dev/null <"$RUN/pids/nginx" || return 0
    for entry in /proc/[0-9]*; do
        [[ $(session_of "${entry#/proc/}") == "$session" ]] || continue
        ! grep -q '^nginx: worker' "$entry/cmdline" 2>/dev/null || kill -s KILL "${entry#/proc/}" 2>/dev/null || true
    done
}

# Waits until a command succeeds; gives up when the part has ended or the time is over, with the end of its log.
wait_until_ready() {    # part, seconds, command...
    local part=$1 deadline=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        is_running "$part" || fail_with_log "$part" "$part ended while starting"
        ((SECONDS < deadline)) || fail_with_log "$part" "$part is not ready in time: $*"
        sleep 0.2
    done
}

fail_with_log() {       # part, message
    printf '%s\n--- the end of %s\n' "$2" "$RUN/logs/$1.log" >&2
    tail -n 40 "$RUN/logs/$1.log" >&2 || true
    exit 1
}

answers() { curl --noproxy '*' -fs -m 5 -o /dev/null "$1"; }

# --- ports -----------------------------------------------------------------------------------------------------------

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

demand_free_port() {    # part, port
    ! port_is_taken "$2" || die "port $2, meant for $1, is taken by another process (--base-port chooses others)"
}

# Prints a port from which on COUNT ports are free. Below the ephemeral range, so that no outgoing connection takes one.
free_ports() {          # count
    local base i
    for ((i = 0; i < 200; i++)); do
        base=$((20000 + RANDOM % 11000))
        all_free "$base" "$1" && { printf '%s' "$base"; return; }
    done
    die "no $1 free ports in a row between 20000 and 31000"
}

all_free() {            # first, count
    local port
    for ((port = $1; port < $1 + $2; port++)); do ! port_is_taken "$port" || return 1; done
}
