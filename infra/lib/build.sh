# Building. What the sources ask for is what is built: a registry that lacks a package ends the build with its name.
# shellcheck shell=bash

artifacts() { printf '%s' "${PYTAKE_ARTIFACTS:-$RUN/artifacts}"; }

publish() {     # project, target directory
    local log=$RUN/logs/build.log
    dotnet publish "$ROOT/src/$1" -c Release -v quiet --artifacts-path "$(artifacts)" -o "$2" \
        >>"$log" 2>&1 9>&- || fail_with_log build "$1 does not build"
}

# A program of tests/, and where it is then.
build_program() {       # project
    dotnet build "$ROOT/tests/$1" -c Release -v quiet --artifacts-path "$(artifacts)" >"$RUN/logs/program.log" 2>&1 9>&- \
        || fail_with_log program "tests/$1 does not build"
}

program() { printf '%s/bin/%s/release/%s.dll' "$(artifacts)" "$1" "$1"; }       # project

# The web app, built when something that it is made of is newer than the last build, and put where the node looks for it;
# its phone where the simulator does.
publish_web() {         # target directory, the phone's
    local built
    built=$(artifacts)/web
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
}
