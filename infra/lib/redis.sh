# A private Redis. Needs REDIS_PORT. Nothing durable is kept in Redis, so it writes nothing to disk.
# shellcheck shell=bash

start_redis() {
    demand_free_port redis "$REDIS_PORT"
    mkdir -p "$RUN/redis"
    launch redis "$RUN/redis" redis-server --bind 127.0.0.1 --port "$REDIS_PORT" --dir "$RUN/redis" \
        --save '' --appendonly no
    wait_until_ready redis 20 redis_pongs
}

redis_pongs() { [[ $(redis-cli -h 127.0.0.1 -p "$REDIS_PORT" ping) == PONG ]]; }
