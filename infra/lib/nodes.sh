# PyTake's own processes: the nodes and the simulator. Need what secrets.sh and cluster.json say.
# shellcheck shell=bash

node_environment() {    # name
    local pool=$((160 / ${#NODE_PORTS[@]}))     # of PostgreSQL's 200 connections; the rest is for people and tests
    local cores
    cores=$(nproc)
    # Not the owner of the tables: nodes create and drop nothing.
    export ConnectionStrings__Postgres="Host=127.0.0.1;Port=$POSTGRES_PORT;Database=pytake;Username=pytake_node;Password=$NODE_PASSWORD;Maximum Pool Size=$pool;Application Name=$1"
    # Nodes that share a machine share its cores: more pool threads than that only wake each other.
    export ThreadPool__MinThreads=$(((cores + ${#NODE_PORTS[@]} - 1) / ${#NODE_PORTS[@]}))
    # 64 MB (hexadecimal; by itself a part of the processor's cache) that fill before they are collected: when thousands come back at
    # once, a quarter of the time went into collecting what was about to live anyway.
    export DOTNET_GCgen0size=${DOTNET_GCgen0size:-4000000}
    export ConnectionStrings__Redis=127.0.0.1:$REDIS_PORT,password=$REDIS_PASSWORD
    export Node__Name=$1
    export Accounts__SigningKey=$SIGNING_KEY
    export Encryption__Keys__0=$ENCRYPTION_KEY
    export WhatsApp__AppSecrets__0=$APP_SECRET
    export WhatsApp__VerifyToken=$VERIFY_TOKEN
    export WhatsApp__GraphBaseUrl=http://127.0.0.1:$SIMULATOR_PORT
    export Realtime__AllowedOrigins__0=http://localhost:$NGINX_PORT
    export Realtime__AllowedOrigins__1=http://127.0.0.1:$NGINX_PORT
    export Media__Folder=$RUN/media     # the nodes share it
    export Demo__Enabled=true
    export Demo__PhoneNumberId=$PHONE_NUMBER_ID
    export Demo__DisplayPhoneNumber=$DISPLAY_PHONE_NUMBER
    export Demo__AccessToken=$GRAPH_TOKEN
}

migrate() {
    (
        node_environment migrate
        export ConnectionStrings__Owner=$POSTGRES_CONNECTION
        cd "$RUN/bin/server" && timeout 120 dotnet PyTake.Server.dll migrate >>"$RUN/logs/migrate.log" 2>&1 9>&-
    ) || fail_with_log migrate "the migration failed"
}

node_works() { printf '%s' "${NODE_WORKS[${1#node-} - 1]}"; }    # true or false

working_nodes() { printf '%s\n' "${NODE_WORKS[@]}" | grep -c true; }

# The address of its metrics, for operators alone.
metrics_port() { printf '%s' $((METRICS_PORT + ${1#node-} - 1)); }

node_port() { printf '%s' "${NODE_PORTS[${1#node-} - 1]}"; }

# The working directory is the content root, where the node finds its settings and the web app's files.
start_node() {          # name
    local port metrics
    port=$(node_port "$1") metrics=$(metrics_port "$1")
    demand_free_port "$1" "$port"
    demand_free_port "the metrics of $1" "$metrics"
    (
        node_environment "$1"
        Workers__Enabled=$(node_works "$1")
        export Workers__Enabled
        export Operations__MetricsUrl=http://127.0.0.1:$metrics
        launch "$1" "$RUN/bin/server" dotnet PyTake.Server.dll --urls "http://127.0.0.1:$port"
    )
}

wait_for_node() { wait_until_ready "$1" 60 answers "http://127.0.0.1:$(node_port "$1")/health/ready"; }

start_simulator() {
    demand_free_port simulator "$SIMULATOR_PORT"
    (
        export Simulator__WebhookUrl=http://127.0.0.1:$NGINX_PORT/api/v1/whatsapp/webhook
        export Simulator__AppSecret=$APP_SECRET
        export Simulator__AccessToken=$GRAPH_TOKEN
        export Simulator__PhoneNumberId=$PHONE_NUMBER_ID
        export Simulator__DisplayPhoneNumber=$DISPLAY_PHONE_NUMBER
        launch simulator "$RUN/bin/simulator" dotnet PyTake.Simulator.dll --urls "http://127.0.0.1:$SIMULATOR_PORT"
    )
}

wait_for_simulator() { wait_until_ready simulator 30 answers "http://127.0.0.1:$SIMULATOR_PORT/health"; }
