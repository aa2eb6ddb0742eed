#!/usr/bin/env bash
# Runs every test of the project and ends with one line that adds them up.
#
# A failing step does not stop the others. What needs a client that is not here says SKIPPED and why.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

work=$(mktemp -d)
server=
stop_server() {
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    server=
}
trap 'stop_server; rm -rf "$work"' EXIT
log=$work/log
# Colours would hide the closing lines from the sum; compiled Python beside the tests helps nobody.
export NO_COLOR=1 PYTHONDONTWRITEBYTECODE=1
unset FORCE_COLOR
failed=()

step() {
    local title=$1
    shift
    echo "== $title"
    "$@" 2>&1 | tee -a "$log" || failed+=("$title")
}

skip() {
    echo "== SKIPPED: $1: $2" | tee -a "$log" >&2
}

# Starts the built binary on a free port and waits for its first snapshot; sets LANGXANH_URL.
start_server() {
    target/debug/langxanh serve --store "$work/store.gpkg" --listen 127.0.0.1:0 >"$work/address" 2>"$work/server.log" &
    server=$!
    for _ in $(seq 300); do
        LANGXANH_URL=$(sed -n 's/^listening on //p' "$work/address")
        if [ -n "$LANGXANH_URL" ] &&
            node -e "fetch('$LANGXANH_URL/readyz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"; then
            export LANGXANH_URL
            return 0
        fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.2
    done
    cat "$work/server.log"
    return 1
}

# The sample as `serve` makes it at its first start, and beside it a table of the user's own whose strings are those that
# clients stumble over.
serve_sample() {
    cargo build --locked --quiet && start_server && stop_server || return 1
    target/debug/langxanh import tests/clients/hostile_strings.geojson --collection hostile_strings \
        --store "$work/store.gpkg" >"$work/import.log" 2>&1 || { cat "$work/import.log"; return 1; }
    start_server
}

# Debian's own Python, which its packages extend; another one on the path does not know them.
client() {
    local package=$1 check=$2 script=$3
    if eval "$check" >/dev/null 2>&1; then
        step "$script" /usr/bin/python3 "$script"
    else
        skip "$script" "$package is not installed"
    fi
}

step "page" npm --prefix static test --silent
if cargo fmt --version >/dev/null 2>&1; then
    step "format" cargo fmt --check
else
    skip "format" "rustfmt is not installed (rustup component add rustfmt)"
fi
if cargo clippy --version >/dev/null 2>&1; then
    step "lints" cargo clippy --locked --quiet --all-targets -- -D warnings
else
    skip "lints" "clippy is not installed (rustup component add clippy)"
fi
step "cargo test" cargo test --locked --quiet --no-fail-fast

# Not through `step`: its pipe would keep the server's process id to itself.
echo "== server with the sample"
if serve_sample; then
    if command -v "${CHROMIUM:=chromium}" >/dev/null; then
        CHROMIUM=$(command -v "$CHROMIUM")
        export CHROMIUM
        step "browser" node --test --test-reporter=spec tests/browser/*.test.mjs
    else
        skip "browser" "$CHROMIUM is not installed"
    fi
    client gdal-bin "ogr2ogr --version && /usr/bin/python3 --version" tests/clients/ogr_oapif.py
    client gdal-bin "ogr2ogr --version && /usr/bin/python3 --version" tests/clients/ogr_tiles.py
    client python3-owslib "/usr/bin/python3 -c 'import owslib'" tests/clients/owslib_features.py
    client python3 "/usr/bin/python3 --version" tests/clients/edits.py
    if target/python/bin/python -c "import owslib" >/dev/null 2>&1; then
        step tests/clients/owslib_edits.py target/python/bin/python tests/clients/owslib_edits.py
    else
        skip tests/clients/owslib_edits.py "OWSLib is not in target/python"
    fi
    client python3-qgis "/usr/bin/python3 -c 'import qgis.core'" tests/clients/qgis_oapif.py
    client python3-qgis "/usr/bin/python3 -c 'import qgis.core'" tests/clients/qgis_tiles.py
    client python3-qgis "/usr/bin/python3 -c 'import qgis.core'" tests/clients/qgis_project.py
else
    failed+=("server with the sample")
fi

stop_server
if [ -x /usr/lib/postgresql/15/bin/initdb ] && PATH=$PATH:/usr/sbin command -v nginx >/dev/null; then
    step tests/cluster/faults.py /usr/bin/python3 tests/cluster/faults.py target/debug/langxanh 8900
else
    skip tests/cluster/faults.py "PostgreSQL with PostGIS or nginx is not installed"
fi

awk -f .ci/sum.awk "$log"
if [ ${#failed[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "${failed[@]}"
    exit 1
fi
