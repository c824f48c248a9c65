# A private PostgreSQL and Redis for tests that are no cluster. Their data is worth nothing, so nothing waits for a disk.
# shellcheck shell=bash

start_services() {      # run directory
    use_run_dir "$1"
    if is_running postgres && is_running redis; then read_services; return; fi
    stop_parts postgres redis
    plan_services
    start_postgres
    start_redis
}

# PostgreSQL keeps the password it was made with, the ports are chosen anew each time.
plan_services() {
    local base password
    base=$(free_ports 2)
    password=$(sed -n 's/^POSTGRES_PASSWORD=//p' "$RUN/services" 2>/dev/null) || password=$(random_hex)
    (umask 077 && printf 'POSTGRES_PORT=%s\nREDIS_PORT=%s\nPOSTGRES_PASSWORD=%s\nREDIS_PASSWORD=%s\n' \
        "$base" $((base + 1)) "$password" "$(random_hex)" >"$RUN/services")
    read_services
}

read_services() {
    # shellcheck source=/dev/null
    . "$RUN/services"
    # shellcheck disable=SC2034    # start_postgres reads it
    POSTGRES_OPTIONS=(fsync=off full_page_writes=off synchronous_commit=off max_connections=400)
    PYTAKE_TEST_POSTGRES="Host=127.0.0.1;Port=$POSTGRES_PORT;Database=postgres;Username=pytake;Password=$POSTGRES_PASSWORD"
    PYTAKE_TEST_REDIS=127.0.0.1:$REDIS_PORT,password=$REDIS_PASSWORD
    export PYTAKE_TEST_POSTGRES PYTAKE_TEST_REDIS
}

stop_services() {       # run directory
    [[ -d $1/pids ]] || return 0
    use_run_dir "$1"
    stop_parts redis postgres
}
