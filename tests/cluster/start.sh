#!/usr/bin/env bash
# Starts on loopback what a ministry runs: a primary of PostgreSQL with PostGIS, two streaming replicas, three instances of
# the service, nginx before them. Prints the address and waits; Ctrl-C stops and removes all of it.
#
#     tests/cluster/start.sh [PROGRAM] [FIRST_PORT]
#
# FIRST_PORT and the ones behind it are used: nginx, three instances, primary, two replicas. What is made lies in a folder
# of its own, whose path is printed; `kill -9` of any process there is what the cluster is made to be tried with.
set -euo pipefail

program=$(realpath "${1:-target/release/langxanh}")
first=${2:-8300}
instances=3
primary_port=$((first + 10))
replica_ports=($((first + 11)) $((first + 12)))
postgres=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | sort -V | tail -n 1)")
nginx=$(command -v nginx || echo /usr/sbin/nginx)
for need in "$program" "$postgres/initdb" "$nginx"; do
    [ -x "$need" ] || { echo "$need is not there: install postgresql, postgresql-postgis and nginx, and build the service" >&2; exit 1; }
done

folder=$(mktemp -d)
chmod 755 "$folder"
# PostgreSQL refuses to run as root.
if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$folder"
    as_postgres() { setpriv --reuid postgres --regid postgres --init-groups env HOME="$folder" "$@"; }
else
    as_postgres() { "$@"; }
fi

stop() {
    set +e
    trap - EXIT INT TERM
    [ -f "$folder/nginx.pid" ] && kill "$(cat "$folder/nginx.pid")" 2>/dev/null
    for pid in "${services[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null; done
    for data in "$folder"/replica-* "$folder/primary"; do
        [ -f "$data/postmaster.pid" ] && as_postgres "$postgres/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1
    done
    wait 2>/dev/null
    rm -rf "$folder"
}
services=()
trap stop EXIT
trap 'exit 130' INT TERM

start_postgres() {
    as_postgres "$postgres/pg_ctl" -D "$1" -l "$1.log" -w -t 60 \
        -o "-p $2 -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder" start >/dev/null ||
        { cat "$1.log" >&2; return 1; }
}

echo "primary on port $primary_port …" >&2
as_postgres "$postgres/initdb" -D "$folder/primary" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
cat >>"$folder/primary/postgresql.conf" <<CONF
wal_level = replica
max_wal_senders = 8
max_replication_slots = 8
hot_standby = on
# What was acknowledged is on a replica too: one of the two, whichever is there.
synchronous_standby_names = 'ANY 1 (replica_1, replica_2)'
CONF
start_postgres "$folder/primary" "$primary_port"
query() { as_postgres "$postgres/psql" -h 127.0.0.1 -p "$primary_port" -U postgres -v ON_ERROR_STOP=1 -qtAc "$1" "${2:-postgres}"; }
# Until the replicas are there, nothing can wait for them.
query "ALTER SYSTEM SET synchronous_commit = local" && query "SELECT pg_reload_conf()" >/dev/null
query "CREATE ROLE langxanh LOGIN"
query "CREATE DATABASE langxanh OWNER langxanh"
query "CREATE EXTENSION postgis" langxanh

number=0
for port in "${replica_ports[@]}"; do
    number=$((number + 1))
    echo "replica $number on port $port …" >&2
    as_postgres "$postgres/pg_basebackup" -h 127.0.0.1 -p "$primary_port" -U postgres -D "$folder/replica-$number" \
        -R -C -S "replica_$number" --checkpoint=fast
    # The name under which the primary waits for it.
    sed -i "s/^primary_conninfo = '/&application_name=replica_$number /" "$folder/replica-$number/postgresql.auto.conf"
    start_postgres "$folder/replica-$number" "$port"
done
query "ALTER SYSTEM RESET synchronous_commit" && query "SELECT pg_reload_conf()" >/dev/null

hosts=127.0.0.1:$primary_port
for port in "${replica_ports[@]}"; do hosts+=,127.0.0.1:$port; done
store=postgres://langxanh@$hosts/langxanh

for number in $(seq "$instances"); do
    port=$((first + number))
    # Each has a folder of its own, where uploads wait.
    mkdir "$folder/instance-$number"
    (cd "$folder/instance-$number" && exec "$program" serve --store "$store" --listen "127.0.0.1:$port") \
        >"$folder/instance-$number.out" 2>"$folder/instance-$number.log" &
    services+=($!)
    # The first makes the tables; the others find them.
    for _ in $(seq 600); do
        curl -sf "http://127.0.0.1:$port/readyz" >/dev/null && break
        kill -0 "${services[-1]}" 2>/dev/null || { cat "$folder/instance-$number.log" >&2; exit 1; }
        sleep 0.1
    done
    echo "instance $number on http://127.0.0.1:$port, process ${services[-1]}" >&2
done

cat >"$folder/nginx.conf" <<CONF
pid $folder/nginx.pid;
error_log $folder/nginx.log;
events {}
http {
    access_log off;
    client_body_temp_path $folder/nginx-body;
    proxy_temp_path $folder/nginx-proxy;
    fastcgi_temp_path $folder/nginx-f;
    uwsgi_temp_path $folder/nginx-u;
    scgi_temp_path $folder/nginx-s;
    upstream langxanh {
$(for number in $(seq "$instances"); do echo "        server 127.0.0.1:$((first + number)) max_fails=1 fail_timeout=2s;"; done)
        keepalive 64;
    }
    server {
        listen 127.0.0.1:$first;
        location / {
            proxy_pass http://langxanh;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            # The address that the service says of itself.
            proxy_set_header Host \$http_host;
            # Reads go on at another instance; what may have been written is never sent twice.
            proxy_next_upstream error timeout http_502 http_503;
            proxy_connect_timeout 1s;
            client_max_body_size 0;
            proxy_request_buffering off;
        }
    }
}
CONF
"$nginx" -c "$folder/nginx.conf" -p "$folder" 2>>"$folder/nginx.log" || { cat "$folder/nginx.log" >&2; exit 1; }
echo "http://127.0.0.1:$first"
echo "folder $folder, store $store; Ctrl-C stops all of it" >&2
while kill -0 "$(cat "$folder/nginx.pid")" 2>/dev/null; do sleep 0.5; done
