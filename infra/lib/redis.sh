# A private Redis. Needs REDIS_PORT and REDIS_PASSWORD. Nothing durable is kept in Redis, so it writes nothing to disk.
# shellcheck shell=bash

start_redis() {
    demand_free_port redis "$REDIS_PORT"
    mkdir -p "$RUN/redis"
    # In a file, since every user of the machine can list the arguments of processes.
    (umask 077 && printf 'requirepass %s\n' "$REDIS_PASSWORD" >"$RUN/redis/redis.conf")
    launch redis "$RUN/redis" redis-server "$RUN/redis/redis.conf" --bind 127.0.0.1 --port "$REDIS_PORT" --dir "$RUN/redis" \
        --save '' --appendonly no
    wait_until_ready redis 20 redis_pongs
}

redis_pongs() { [[ $(REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -h 127.0.0.1 -p "$REDIS_PORT" ping) == PONG ]]; }
