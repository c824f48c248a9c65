# A cluster for tests and measurements, brought up by infra/up like any other, beside one that a developer may have running.
# shellcheck shell=bash

CLUSTER_OPTIONS=()      # further options of infra/up

bring_cluster_up() {    # run directory
    "$ROOT/infra/up" --run-dir "$1" --base-port "$(free_ports 120)" "${CLUSTER_OPTIONS[@]}"
}

# Its logs stay.
take_cluster_down() {   # run directory, directory for the logs
    [[ -d $1/pids ]] || return 0
    rm -rf "$2"
    cp -r "$1/logs" "$2"
    "$ROOT/infra/down" --run-dir "$1" --purge
}

# For a script that needs one until it ends, however it ends. Sets CLUSTER, the file that describes it.
use_own_cluster() {     # what to do after it is down...
    CLUSTER=$RUN/cluster/cluster.json
    # shellcheck disable=SC2064    # the command as it is now
    trap "leave_own_cluster ${*@Q}" EXIT
    say "Starting a cluster" >&2
    bring_cluster_up "$RUN/cluster" >"$RUN/logs/up.log" 2>&1 9>&- || fail_with_log up "the cluster did not come up"
}

leave_own_cluster() {   # what to do afterwards...
    local result=$?
    trap - EXIT
    take_cluster_down "$RUN/cluster" "$RUN/logs/cluster" >"$RUN/logs/down.log" 2>&1 9>&- || cat "$RUN/logs/down.log" >&2
    "$@" >>"$RUN/logs/down.log" 2>&1
    exit "$result"
}
