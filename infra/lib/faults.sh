# Running tests/PyTake.Faults: what it needs of the cluster that it breaks.
# shellcheck shell=bash

# A message that may have arrived is waited for by the minute. Trials wait for the end of that each time, so theirs are
# shorter. What infra/up starts, now and after a fault, has these of the environment.
shorten_waits() {
    export Outbound__RequestTimeout=00:00:03 Outbound__Lease=00:00:05 Outbound__UnknownWait=00:00:05
}

# Each consumer and each customer's webhook is a file, and what is started again inherits the limit.
run_faults() {          # cluster.json, folder for results, options...
    local cluster=$1 out=$2
    shift 2
    ulimit -n "$(ulimit -Hn)"
    GRAPH_TOKEN=$(secret_of "$cluster" GRAPH_TOKEN) REDIS_PASSWORD=$(secret_of "$cluster" REDIS_PASSWORD) PSQL=$(postgres_bin)/psql \
        dotnet "$(program PyTake.Faults)" --cluster "$cluster" --out "$out" "$@"
}

secret_of() { sed -n "s/^$2=//p" "$(dirname "$1")/secrets"; }      # cluster.json, name

# The selection of infra/test. Its last line says how many faults passed and failed.
faults_suite() {        # name
    local result=0 passed failed
    run_faults "$PYTAKE_CLUSTER" "$RESULTS" --quick || result=$?
    read -r passed failed < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$RESULTS/$1.log" | tail -n 1)
    counts "$1" "${passed:-0}" "${failed:-0}"
    return "$result"
}

# The consumers of a trial are the real client, in Node.js.
build_consumers() {
    (cd "$ROOT/src/pytake-client" && npm ci) && (cd "$ROOT/tests/PyTake.Faults/Consumers/host" && npm ci && npm run build)
}

# A clock that jumps, for one node.
build_clock() {
    local library=$WORK/clock.so
    command -v cc >/dev/null || return 0
    cc -shared -fPIC -O2 -o "$library" "$ROOT/tests/PyTake.Faults/Inflicted/clock.c" -ldl
    export PYTAKE_FAULTS_CLOCK=$library
}

# --- a disk that can be full ----------------------------------------------------------------------------------------------

# Puts the cluster's PostgreSQL on a small disk of its own, where we may mount one: a file with a file system in it.
mount_disk() {          # the cluster's run directory
    local disk=$WORK/disk PATH=$PATH:/usr/sbin:/sbin
    is_root && command -v mkfs.ext4 >/dev/null || return 0
    mkdir -p "$disk" "$1"
    chmod 711 "$WORK" "$1"
    truncate -s 3G "$disk.img"
    mkfs.ext4 -q -F -m 0 "$disk.img" && mount -o loop "$disk.img" "$disk" 2>/dev/null || { rm -f "$disk.img"; return 0; }
    install -d -o postgres -m 700 "$disk/data"
    chmod 711 "$disk"
    ln -sfn "$disk/data" "$1/postgres"
    export PYTAKE_FAULTS_DISK=$disk
}

# What PostgreSQL has just closed may keep the disk busy for a moment longer.
unmount_disk() {        # the cluster's run directory
    local tries=0
    while mountpoint -q "$WORK/disk" && ! umount "$WORK/disk" && ((++tries < 20)); do sleep 0.5; done
    [[ ! -L $1/postgres ]] || rm "$1/postgres"
    rm -rf "$WORK/disk" "$WORK/disk.img"
}
