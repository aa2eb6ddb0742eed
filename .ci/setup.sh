#!/bin/sh
# Installs the system packages that a command needs: `.ci/setup.sh build|test|bench|country`.
#
# Says nothing when all is there. Where it may not install, it prints the line to run; that ends the command,
# except for the clients of `test`, whose tests are then skipped and say so, and for the peers of `country`. For `test` and
# `bench` it also keeps a virtual environment in target/python, with what some tests compare with; for `country` one of its own.
set -u
cd "$(dirname "$0")/.." || exit 1

# Each need is tested by what the build or the tests will use, so that other ways of installing count too.
is_there() {
    case $1 in
        build-essential) command -v cc >/dev/null && command -v c++ >/dev/null ;;
        pkg-config) command -v pkg-config >/dev/null ;;
        libgdal-dev) pkg-config --exists gdal 2>/dev/null ;;
        libsqlite3-dev) pkg-config --exists sqlite3 2>/dev/null ;;
        chromium) command -v chromium >/dev/null ;;
        gdal-bin) command -v ogrinfo >/dev/null && command -v ogr2ogr >/dev/null ;;
        poppler-utils) command -v pdftotext >/dev/null && command -v pdftoppm >/dev/null ;;
        python3-qgis) [ -d /usr/lib/python3/dist-packages/qgis ] ;;
        nginx-light) command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] ;;
        python3-venv) python3 -c 'import ensurepip, venv' >/dev/null 2>&1 ;;
        wrk) command -v wrk >/dev/null ;;
        qgis-server) [ -x /usr/lib/cgi-bin/qgis_mapserv.fcgi ] ;;
        postgresql-15) [ -x /usr/lib/postgresql/15/bin/initdb ] ;;
        postgresql-15-postgis-3) [ -f /usr/share/postgresql/15/extension/postgis.control ] ;;
    esac
}

missing_of() {
    for package in "$@"; do
        is_there "$package" || printf ' %s' "$package"
    done
}

# Runs a command as root, or fails where we may not.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        sudo "$@"
    else
        return 1
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

# Package lists of a fresh machine are absent or old: they are fetched only when the packages cannot be had without.
install() {
    command -v apt-get >/dev/null && as_root true || return 1
    log=$(mktemp) || return 1
    echo "Đang cài gói hệ thống / installing system packages: $*" >&2
    if apt_get install -y --no-install-recommends "$@" >"$log" 2>&1 ||
        { apt_get update >"$log" 2>&1 && apt_get install -y --no-install-recommends "$@" >"$log" 2>&1; }; then
        rm -f "$log"
    else
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
}

# Installs what is missing of the given packages; otherwise tells how.
require() {
    missing=$(missing_of "$@")
    [ -z "$missing" ] && return 0
    # shellcheck disable=SC2086 # one word per package
    install $missing && missing=$(missing_of "$@") && [ -z "$missing" ] && return 0
    echo "Không tự cài được. Hãy chạy / could not install them, run:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
    return 1
}

require_toolchains() {
    if ! command -v cargo >/dev/null; then
        echo "Thiếu Rust / Rust is missing: install it from https://rustup.rs, then open a new terminal" >&2
        return 1
    fi
    node=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
    if [ "${node:-0}" -lt 20 ] || ! command -v npm >/dev/null; then
        echo "Thiếu Node.js 20 trở lên cùng npm / Node.js 20 or later with npm is missing (found: ${node:-none}): https://nodejs.org" >&2
        return 1
    fi
}

# Keeps a virtual environment with what some files ask for. Tells how where it fails: what needs it is then skipped and
# says so.
require_python() {
    venv=$1
    shift
    wanted=$(mktemp) || return 1
    cat "$@" >"$wanted"
    cmp -s "$wanted" "$venv/installed.txt" && rm -f "$wanted" && return 0
    echo "Đang cài thư viện Python vào $venv / installing Python's libraries for the tests into $venv" >&2
    rm -rf "$venv"
    log=$(mktemp) || return 1
    mkdir -p "$(dirname "$venv")"
    if python3 -m venv "$venv" >"$log" 2>&1 &&
        "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 20 --requirement "$wanted" >>"$log" 2>&1; then
        rm -f "$log"
        mv "$wanted" "$venv/installed.txt"
    else
        tail -n 5 "$log" >&2
        rm -f "$log" "$wanted"
        echo "Không tự cài được. Cần python3 (3.11 trở lên), python3-venv và mạng / could not install them:" >&2
        echo "    python3 (3.11 or later), python3-venv and a network are needed" >&2
        return 1
    fi
}

case ${1:-} in
    build) require_toolchains && require build-essential pkg-config libgdal-dev libsqlite3-dev ;;
    test)
        require chromium gdal-bin nginx-light poppler-utils postgresql-15 postgresql-15-postgis-3 python3-qgis python3-venv || true
        require_python target/python tests/*/requirements.txt || true
        ;;
    bench)
        require nginx-light wrk || exit 1
        require_python target/python tests/*/requirements.txt || true
        ;;
    country)
        require postgresql-15 postgresql-15-postgis-3 || exit 1
        require nginx-light python3-qgis qgis-server python3-venv || true
        require_python target/peers/python benches/country/requirements.txt || true
        # The tile server is built from its own release: some minutes, once.
        martin=target/peers/martin
        if ! [ -x "$martin/bin/martin" ]; then
            echo "Đang dựng Martin / building Martin: some minutes, once" >&2
            cargo install --quiet --locked martin --version 1.14.0 --no-default-features --features postgres \
                --root "$martin" --target-dir target/peers/build || true
        fi
        ;;
    *)
        echo "usage: $0 build|test|bench|country" >&2
        exit 2
        ;;
esac
