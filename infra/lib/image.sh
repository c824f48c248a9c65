# What infra/Dockerfile runs, at the top of the sources.
# shellcheck shell=bash

# Restores the packages of a set, writes its name to package-set, and says in one line which it is and why.
restore_for_image() {   # full, core or auto
    local set=$1 reason="PACKAGE_SET says so"
    case $1 in
        full | core) restore_set "$1" ;;
        auto)
            if restore_set full >full.log 2>&1; then
                set=full reason="all its packages restore here"
            else
                set=core reason="full does not restore here ($(first_error full.log))"
                restore_set core
            fi ;;
        *) printf 'PACKAGE_SET is %s; it may be full, core or auto\n' "$1" >&2; return 1 ;;
    esac
    printf '%s\n' "$set" >package-set
    printf 'Package set %s: %s\n' "$set" "$reason"
}

publish_for_image() {   # project
    dotnet publish "src/$1" -c Release -v quiet -p:PackageSet="$(<package-set)" \
        --artifacts-path /artifacts -o /published
    cp package-set /published/
}

# Publishing restores once more, with what compiling ahead needs beside the packages.
restore_set() {         # full or core
    local project
    for project in PyTake.Server PyTake.Simulator; do
        dotnet restore "src/$project" -v quiet -p:PackageSet="$1" --artifacts-path /artifacts || return
    done
}

first_error() { grep -m 1 -oE 'NU[0-9]+: [^[]*[^[ ]' "$1" || tail -n 1 "$1"; }
