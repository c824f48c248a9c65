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

# The web app, built when something that it is made of is newer than the last build, and put where the node looks for it;
# its phone where the simulator does.
publish_web() {         # target directory, the phone's
    local built
    built=$(artifacts web)
    web_is_built "$built" || {
        say "Building the web app"
        build_web "$built" >>"$RUN/logs/build.log" 2>&1 9>&- || fail_with_log build "the web app does not build"
    }
    rm -rf "$1" "$2"
    cp -r "$built/app" "$1"
    cp -r "$built/phone" "$2"
}

WEB_SOURCES=(src/web src/pytake-client/src)

web_is_built() {        # directory
    [[ -f $1/app/index.html && -f $1/phone/phone.html && $(cat "$1/sources" 2>/dev/null) == "$(web_sources)" ]]
}

# One word for all that the app is made of. Times would do for a person, but a checkout sets them anew.
web_sources() {
    (cd "$ROOT" && find "${WEB_SOURCES[@]}" \( -name node_modules -o -name 'dist*' -o -name docs \) -prune -o -type f -print0 |
        sort -z | xargs -0 sha256sum | sha256sum)
}

build_web() {           # directory
    install_web && (
        cd "$ROOT/src/web" && npx vite build --outDir "$1/app" --emptyOutDir &&
            npx vite build --config vite.phone.config.ts --outDir "$1/phone" --emptyOutDir
    ) && web_sources >"$1/sources"
}

# npm ci begins with deleting everything, so it runs only where the packages changed.
install_web() {
    local installed=$ROOT/src/web/node_modules/.package-lock.json
    [[ $installed -nt $ROOT/src/web/package-lock.json ]] || (cd "$ROOT/src/web" && npm ci)
}

build() {
    say "Building"
    : >"$RUN/logs/build.log"
    publish PyTake.Server "$RUN/bin/server"
    publish PyTake.Simulator "$RUN/bin/simulator"
    publish_web "$RUN/bin/server/wwwroot" "$RUN/bin/simulator/phone"
    printf '%s\n' "$PACKAGE_SET" >"$RUN/bin/package-set"
}
