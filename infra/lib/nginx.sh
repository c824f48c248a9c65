# The local cluster's nginx: private, rendered for its nodes. Needs NGINX_PORT, SIMULATOR_PORT and NODE_PORTS.
# shellcheck shell=bash

# Renders the configuration into $RUN/nginx.
render_nginx() {
    mkdir -p "$RUN/nginx/tmp"
    (
        set -a
        # shellcheck source=nginx/local.env
        . "$ROOT/nginx/local.env"
        set +a
        export NGINX_FILES NGINX_SERVERS NGINX_LISTEN NGINX_SIMULATOR
        export NGINX_FRONT=${NGINX_FRONT:-plain} NGINX_LISTEN_TLS=${NGINX_LISTEN_TLS:-} NGINX_CERTIFICATES=${NGINX_CERTIFICATES:-}
        NGINX_FILES=$(open_files_limit 65536)
        NGINX_SERVERS=$(server_lines "max_fails=0")
        NGINX_LISTEN=$(listen_lines)
        NGINX_SIMULATOR=http://127.0.0.1:$SIMULATOR_PORT
        node "$ROOT/infra/lib/render.mjs" "$ROOT/nginx/local.conf.template" "$RUN/nginx/nginx.conf" \
            "$ROOT/nginx/shared" "$RUN/nginx/shared"
    )
}

server_lines() {        # parameters
    local port
    for port in "${NODE_PORTS[@]}"; do printf '        server 127.0.0.1:%s %s;\n' "$port" "$1"; done
}

# "localhost" is ::1 first for most clients, where the machine has it.
listen_lines() {
    printf '    listen 127.0.0.1:%s backlog=4096;\n' "$NGINX_PORT"
    ! grep -qs ' lo$' /proc/net/if_inet6 || printf '    listen [::1]:%s backlog=4096;\n' "$NGINX_PORT"
}

# Prints the wanted number of files a process may open, or the limit where it cannot be raised that far.
open_files_limit() {    # wanted
    local limit
    (ulimit -n "$1") 2>/dev/null && { printf '%s' "$1"; return; }
    limit=$(ulimit -Hn)
    [[ $limit == unlimited ]] && limit=$1
    printf '%s' "$limit"
}

# As root, the workers keep root's name: under another they could not reach their files in a closed home directory.
nginx_command() {       # further arguments...
    local user=()
    ! is_root || user=(-g 'user root root;')
    NGINX_COMMAND=(nginx -p "$RUN/nginx/" -c nginx.conf -e stderr "${user[@]}" "$@")
}

start_nginx() {
    end_orphaned_workers
    demand_free_port nginx "$NGINX_PORT"
    render_nginx
    nginx_command -t -q
    "${NGINX_COMMAND[@]}" >>"$RUN/logs/nginx.log" 2>&1 || fail_with_log nginx "nginx does not like its configuration"
    nginx_command
    launch nginx "$RUN/nginx" "${NGINX_COMMAND[@]}"
    wait_until_ready nginx 10 port_is_taken "$NGINX_PORT"
}

# Applies a changed number of nodes without refusing a connection.
reload_nginx() {
    local old
    old=$(cat "$RUN/nginx/nginx.conf")
    render_nginx
    [[ $old == "$(cat "$RUN/nginx/nginx.conf")" ]] || kill -s HUP "$(pid_of nginx)"
}
