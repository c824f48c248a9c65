# A private PostgreSQL. Needs POSTGRES_PORT and POSTGRES_PASSWORD; POSTGRES_OPTIONS are further -c settings.
# shellcheck shell=bash

# PostgreSQL refuses to run as root, and then runs as the user postgres that Debian's package made.
as_postgres() {
    if is_root; then (cd / && exec runuser -u postgres -- "$@"); else "$@"; fi
}

# Where a home directory is closed to the user postgres, the data lies outside and the run directory links to it.
place_postgres() {
    local data=$RUN/postgres outside
    [[ ! -e $data ]] || return 0
    if ! is_root; then mkdir -m 700 "$data"; return; fi
    if as_postgres test -x "$RUN"; then install -d -o postgres -m 700 "$data"; return; fi
    outside=/var/lib/pytake/$(printf '%s' "$RUN" | sha256sum | cut -c 1-16)
    install -d -m 711 /var/lib/pytake
    install -d -o postgres -m 700 "$outside"
    ln -s "$outside" "$data"
}

postgres_data() { readlink -f "$RUN/postgres"; }

init_postgres() {
    local password_file
    place_postgres
    ! as_postgres test -f "$(postgres_data)/PG_VERSION" || return 0
    password_file=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" >"$password_file"
    ! is_root || chown postgres "$password_file"
    # Which characters are letters is UTF-8's own, so that names in every script have an index; the order is that of bytes, which is the fastest.
    as_postgres "$(postgres_bin)/initdb" -D "$(postgres_data)" -U pytake -A scram-sha-256 --pwfile "$password_file" \
        -E UTF8 --locale=C.UTF-8 --lc-collate=C --no-instructions >>"$RUN/logs/postgres.log" 2>&1 9>&- || fail_with_log postgres "initdb failed"
    rm "$password_file"
}

# Loopback only, and no Unix socket: a path in a deep run directory would be longer than a socket's may be.
start_postgres() {
    local options="-c listen_addresses=127.0.0.1 -c port=$POSTGRES_PORT -c unix_socket_directories=" setting
    init_postgres
    demand_free_port postgres "$POSTGRES_PORT"
    for setting in max_connections=200 shared_buffers=256MB "${POSTGRES_OPTIONS[@]}"; do options+=" -c $setting"; done
    start_postmaster "$options" || fail_with_log postgres "PostgreSQL did not start"
    remember postgres "$(as_postgres head -n 1 "$(postgres_data)/postmaster.pid")"
}

# After a kill, the old server's children may hold its shared memory for a moment longer.
start_postmaster() {    # options
    local deadline=$((SECONDS + 15))
    until as_postgres "$(postgres_bin)/pg_ctl" -D "$(postgres_data)" -w -t 60 -o "$1" start \
        </dev/null >>"$RUN/logs/postgres.log" 2>&1 9>&-; do
        ((SECONDS < deadline)) || return 1
        sleep 0.5
    done
}

run_sql() {             # database, statement
    PGPASSWORD=$POSTGRES_PASSWORD "$(postgres_bin)/psql" -X -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$POSTGRES_PORT" \
        -U pytake -d "$1" -c "$2"
}

create_database() {
    [[ -n $(run_sql postgres "select 1 from pg_database where datname = 'pytake'") ]] \
        || run_sql postgres 'create database pytake' >/dev/null
}
