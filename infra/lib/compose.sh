# An installation of docker-compose.scale.yml for the tests, beside any that runs.
# shellcheck shell=bash

demand_engine() {
    docker compose version >/dev/null 2>&1 || die "Docker's compose plugin is missing: https://docs.docker.com/compose"
    docker info >/dev/null 2>&1 || die "no Docker engine answers"
}

# Always with the project's name: `down -v` of another project would delete a user's data.
compose() { docker compose -p pytake-test -f "$ROOT/docker-compose.scale.yml" "$@"; }

# Names, ports and secrets of its own.
plan_compose() {        # directory
    local base
    base=$(free_ports 3)
    mkdir -p "$1"
    rm -f "$1/.env"
    "$ROOT/infra/compose-secrets" --demo "$1/.env" >/dev/null
    printf '%s\n' "LISTEN=127.0.0.1:$base" "SIMULATOR_LISTEN=127.0.0.1:$((base + 1))" "LISTEN_TLS=127.0.0.1:$((base + 2))" \
        NODES=1 FILES=16384 COMPOSE_PROFILES=simulator,backup >>"$1/.env"
    export COMPOSE_ENV_FILES=$1/.env COMPOSE_PROJECT_NAME=pytake-test PYTAKE_IMAGE=pytake-test-server PYTAKE_SIMULATOR_IMAGE=pytake-test-simulator
    (umask 077 && describe_compose "http://127.0.0.1:$base" "http://127.0.0.1:$((base + 1))" >"$1/cluster.json")
}

# What tests want to know of it, in the shape of infra/up's cluster.json.
describe_compose() {    # address, the simulator's
    local secret
    secret=$(sed -n 's/^WhatsApp__AppSecrets__0=//p' "$COMPOSE_ENV_FILES")
    cat <<EOT
{ "base_url": "$1", "nodes": [], "simulator": { "url": "$2" }, "whatsapp": {
    "phone_number_id": "100200300400500", "display_phone_number": "+55 11 3000-1000", "app_secret": "$secret" } }
EOT
}

start_compose() {
    compose down -v --remove-orphans        # of a run that was killed
    compose up -d --build --wait
}

stop_compose() {
    compose down -v --remove-orphans
    docker image rm -f "$PYTAKE_IMAGE" "$PYTAKE_IMAGE-next" "$PYTAKE_SIMULATOR_IMAGE"
    rm "$COMPOSE_ENV_FILES"
}
