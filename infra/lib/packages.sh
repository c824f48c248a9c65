# What has to be on the machine, and getting it where we may.
# shellcheck shell=bash

# README asks for Node.js 22, the oldest in support. 20 still builds and tests everything, so a machine with it is not turned away.
demand_sdks() {
    local version
    [[ $(dotnet --list-sdks 2>/dev/null) =~ (^|$'\n')10\. ]] || die ".NET SDK 10 is missing: https://dot.net/download"
    version=$(node --version 2>/dev/null) || version=
    [[ $version =~ ^v([0-9]+) && ${BASH_REMATCH[1]} -ge 20 ]] \
        || die "Node.js 22 or later is missing (found: ${version:-none}; 20 would do): https://nodejs.org"
}

# PGBIN of the environment, or Debian's newest version, or whatever is on the PATH.
postgres_bin() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
    if [[ -n ${PGBIN:-} ]]; then printf '%s' "$PGBIN"
    elif [[ -x $newest ]]; then dirname "$newest"
    else dirname "$(command -v initdb)" 2>/dev/null
    fi
}

# What only tests need: infra/test says so.
TEST_PACKAGES=no BROWSER=no

chromium_path() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

missing_packages() {
    [[ -x $(postgres_bin)/initdb ]] || echo postgresql
    command -v redis-server >/dev/null || echo redis-server
    command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]] || echo nginx
    command -v curl >/dev/null || echo curl
    [[ $TEST_PACKAGES == no ]] || command -v promtool >/dev/null || echo prometheus
    # Debian's Socket.IO client, and what it polls and opens WebSockets with.
    [[ $TEST_PACKAGES == no ]] || /usr/bin/python3 -c 'import socketio, requests, websocket' 2>/dev/null \
        || printf 'python3-%s\n' socketio requests websocket
    [[ $BROWSER == no ]] || chromium_path >/dev/null || echo chromium
}

install_packages() {
    local missing
    PATH=$PATH:/usr/sbin:/sbin      # a user's PATH on Debian has no nginx in it
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]})) || return 0
    is_root || die "missing: ${missing[*]} (as root: apt-get install ${missing[*]})"
    say "Installing ${missing[*]}"
    without_services apt_install "${missing[@]}" >"$RUN/logs/apt.log" 2>&1 || fail_with_log apt "apt-get failed"
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update 9>&- && apt-get install -y --no-install-recommends "$@" 9>&-
}

# Debian starts what it installs, on ports 80, 5432 and 6379. The cluster has instances of its own, so that the machine
# gets no server it did not ask for: policy-rc.d is Debian's way to say so, for as long as the installation lasts.
without_services() (
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    "$@"
)
