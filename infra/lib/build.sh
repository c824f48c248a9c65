# Building, in one of the two package sets. Each set has output of its own: a restore of one would undo the other's.
# shellcheck shell=bash

# Sets PACKAGE_SET and says in one line which and why: full where its packages restore, core where they don't.
# PYTAKE_PACKAGE_SET=core or full forces one. The answer is kept until the versions change, because a registry that lacks
# packages takes long to say so.
choose_package_set() {
    local wanted=${PYTAKE_PACKAGE_SET:-} kept=$RUN/package-set
    case $wanted in
        core) PACKAGE_SET=core PACKAGE_SET_REASON="PYTAKE_PACKAGE_SET asks for it" ;;
        '' | full)
            [[ $kept -nt $ROOT/Directory.Packages.props ]] || { try_full_set >"$kept.new" && mv "$kept.new" "$kept"; }
            { read -r PACKAGE_SET; read -r PACKAGE_SET_REASON; } <"$kept"
            [[ $wanted != full || $PACKAGE_SET == full ]] || { rm "$kept"; die "PYTAKE_PACKAGE_SET is full, but $PACKAGE_SET_REASON"; } ;;
        *) die "PYTAKE_PACKAGE_SET is $wanted; it may be core or full" ;;
    esac
    export PACKAGE_SET
    say "Package set $PACKAGE_SET: $PACKAGE_SET_REASON"
}

try_full_set() {
    local log=$RUN/logs/restore-full.log
    if dotnet restore "$ROOT/PyTake.sln" -p:PackageSet=full --artifacts-path "$(artifacts full)" >"$log" 2>&1 9>&-; then
        printf 'full\nall its packages restore here\n'
    else
        printf 'core\nfull does not restore here (%s)\n' "$(grep -oE 'NU[0-9]+: [^[]+' "$log" | head -n 1)"
    fi
}

artifacts() { printf '%s' "${PYTAKE_ARTIFACTS:-$RUN/artifacts}/$1"; }

publish() {     # project, target directory
    local log=$RUN/logs/build.log
    dotnet publish "$ROOT/src/$1" -c Release -v quiet -p:PackageSet="$PACKAGE_SET" \
        --artifacts-path "$(artifacts "$PACKAGE_SET")" -o "$2" >>"$log" 2>&1 9>&- || fail_with_log build "$1 does not build"
}

build() {
    say "Building"
    : >"$RUN/logs/build.log"
    publish PyTake.Server "$RUN/bin/server"
    publish PyTake.Simulator "$RUN/bin/simulator"
    printf '%s\n' "$PACKAGE_SET" >"$RUN/bin/package-set"
}
