# The secrets that the cluster's parts share. Made at the first start, then kept with the data.
# shellcheck shell=bash

random_hex() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
random_key() { head -c 32 /dev/urandom | base64 -w 0; }

make_secrets() {
    cat <<EOT
SIGNING_KEY=$(random_hex)
ENCRYPTION_KEY=$(random_key)
APP_SECRET=$(random_hex)
VERIFY_TOKEN=$(random_hex)
GRAPH_TOKEN=$(random_hex)
POSTGRES_PASSWORD=$(random_hex)
NODE_PASSWORD=$(random_hex)
REDIS_PASSWORD=$(random_hex)
PHONE_NUMBER_ID=100000000000001
DISPLAY_PHONE_NUMBER=5511900000001
EOT
}

load_secrets() {
    [[ -f $RUN/secrets ]] || (umask 077 && make_secrets >"$RUN/secrets.new" && mv "$RUN/secrets.new" "$RUN/secrets")
    local name
    # Data of the version before lacks these.
    for name in NODE_PASSWORD REDIS_PASSWORD; do
        grep -q "^$name=" "$RUN/secrets" || printf '%s=%s\n' "$name" "$(random_hex)" >>"$RUN/secrets"
    done
    # shellcheck source=/dev/null
    . "$RUN/secrets"
}
