# What the registries know of holes in the packages that are used. Some registries keep no advisories; none may hold a run up.
# shellcheck shell=bash

# Prints a line for each advisory, or one for each kind of package that says why there is none.
list_advisories() {     # the seconds that a registry has to answer
    nuget_advisories "$1"
    npm_advisories "$1"
}

# Restored where nothing is built, because restoring with other settings would undo the build's own.
nuget_advisories() {    # seconds
    local log=$RUN/logs/advisories.log
    timeout "$1" dotnet restore "$ROOT/PyTake.sln" --artifacts-path "$RUN/advisories" --force \
        -p:NuGetAudit=true -p:NuGetAuditMode=all -p:TreatWarningsAsErrors=false >"$log" 2>&1 9>&- || { say "NuGet: the registry did not answer"; return; }
    grep -q 'NU1900' "$log" && { say "NuGet: the registry did not answer"; return; }
    grep -oE "NU190[1-4]: [^[]*" "$log" | sed -E 's/^NU190[1-4]: Package /NuGet: /; s/ *$//' | sort -u | grep . || say "NuGet: the registry knows of none"
}

npm_advisories() {      # seconds
    local lock found=''
    while read -r lock; do
        found+=$(npm_audit "$1" "$(dirname "$lock")") || { say "npm: the registry did not answer"; return; }
        found+=$'\n'
    done < <(find "$ROOT/src" "$ROOT/tests" -name node_modules -prune -o -name package-lock.json -print)
    sort -u <<<"$found" | grep . || say "npm: the registry knows of none"
}

# npm exits with an error both when it has found something and when the registry did not answer; only the first is a report.
npm_audit() {           # seconds, directory
    (cd "$2" && timeout "$1" npm audit --json --package-lock-only --fetch-retries=0 9>&- 2>/dev/null || true) | node -e '
        const { vulnerabilities } = JSON.parse(fs.readFileSync(0));
        const advisories = Object.values(vulnerabilities).flatMap(({ via }) => via).filter(({ url }) => url);
        for (const { name, range, severity, title, url } of advisories) console.log(`npm: ${name} ${range}: ${title} (${severity}), ${url}`);' 2>/dev/null
}
