# Runs test suites and adds up their results. Needs RESULTS (a directory for reports and logs) and FILTER.
# shellcheck shell=bash

PASSED=0 FAILED=0
export NO_COLOR=1       # the output goes to logs

# Runs one suite: NAME, the command, which leaves the counts in $RESULTS/NAME.counts as "passed failed". Output goes to
# a log. A suite that ends without having run anything has failed, unless a filter left nothing of it.
suite() {       # name, command...
    local name=$1 started=$SECONDS passed=0 failed=0 result=0
    shift
    rm -f "$RESULTS/$name.counts"
    # In a subshell, so that a signal's trap finds this shell's own output, not the log.
    ("$@" "$name") >"$RESULTS/$name.log" 2>&1 9>&- || result=$?
    read -r passed failed 2>/dev/null <"$RESULTS/$name.counts" || true
    if ((result != 0 && failed == 0)); then failed=1; fi
    if ((passed + failed == 0)) && [[ -z $FILTER ]]; then failed=1; echo "nothing was run" >>"$RESULTS/$name.log"; fi
    PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))
    if ((failed)); then show_log "$name"; fi
    printf '%-22s %5d passed, %d failed  (%d s)\n' "$name" "$passed" "$failed" $((SECONDS - started))
}

# A step that counts nothing: it is either in order or one failure.
step() {        # name, command...
    local name=$1 started=$SECONDS
    shift
    if ("$@") >"$RESULTS/$name.log" 2>&1 9>&-; then
        printf '%-22s in order  (%d s)\n' "$name" $((SECONDS - started))
        return
    fi
    FAILED=$((FAILED + 1))
    show_log "$name"
    printf '%-22s failed  (%d s)\n' "$name" $((SECONDS - started))
    return 1
}

show_log() {
    printf -- '--- %s (%s)\n' "$1" "$RESULTS/$1.log"
    tail -n 300 "$RESULTS/$1.log"
    printf -- '---\n'
}

counts() { printf '%s %s\n' "$2" "$3" >"$RESULTS/$1.counts"; }     # suite, passed, failed

# A limit for what hangs, several times what a busy machine needs: it ends all that the suite runs, and the log says so.
within() {              # seconds, command...
    local result=0
    timeout "$@" || result=$?
    ((result != 124)) || echo "The suite did not end within $1 s and was ended"
    return "$result"
}

# A project of xunit v3 tests is a program.
dotnet_suite() {        # project, name
    local report=$RESULTS/$2.trx filter=() total passed result=0
    demand_directory "tests/$1" || return
    [[ -z $FILTER ]] || filter=(-method "*$FILTER*")
    rm -f "$report"
    (
        cd "$(artifacts)/bin/$1/release" || exit
        within 1800 dotnet "$1.dll" -noColor -noLogo -trx "$report" "${filter[@]}"
    ) || result=$?
    [[ -f $report ]] || return 1
    total=$(trx_counter total "$report") passed=$(trx_counter passed "$report")
    counts "$2" "$passed" $((total - passed))
    return "$result"
}

trx_counter() { grep -oE "<Counters [^>]*" "$2" | grep -oE " $1=\"[0-9]+\"" | grep -oE '[0-9]+'; }

vitest_suite() {        # directory, name
    local report=$RESULTS/$2.json filter=() result=0
    demand_directory "$1" || return
    [[ -z $FILTER ]] || filter=(-t "$FILTER")
    rm -f "$report"
    (cd "$ROOT/$1" && timeout 480 npx vitest run "${filter[@]}" \
        --reporter=default --reporter=json --outputFile.json="$report") || result=$?
    [[ -f $report ]] || return 1
    counts "$2" "$(json_number numPassedTests "$report")" $((
        $(json_number numFailedTests "$report") + $(not_run "$(json_number numPendingTests "$report")")))
    return "$result"
}

json_number() {         # field, file, field of the field where it is an object
    node -p 'const [, file, field, inner] = process.argv; const found = require(file)[field]; inner ? found[inner] : found' \
        "$2" "$1" "${@:3}"
}

# In Chromium, against the cluster that PYTAKE_CLUSTER names.
playwright_suite() {    # directory, name
    local report=$RESULTS/$2.json filter=() result=0
    demand_directory "$1" || return
    [[ -z $FILTER ]] || filter=(-g "$FILTER" --pass-with-no-tests)
    rm -f "$report"
    (cd "$ROOT/$1" && PLAYWRIGHT_JSON_OUTPUT_NAME=$report PYTAKE_CHROMIUM=$(chromium_path) PYTAKE_BROWSER_OUTPUT=$RESULTS/$2 \
        timeout 900 npx playwright test "${filter[@]}" --reporter=list,json) || result=$?
    [[ -f $report ]] || return 1
    counts "$2" "$(json_number stats "$report" expected)" $((
        $(json_number stats "$report" unexpected) + $(json_number stats "$report" flaky)
        + $(not_run "$(json_number stats "$report" skipped)")))
    return "$result"
}

node_suite() {          # directory, name
    local report=$RESULTS/$2.tap filter=() result=0
    demand_directory "$1" || return
    [[ -z $FILTER ]] || filter=(--test-name-pattern "$FILTER")
    (cd "$ROOT/$1" && timeout 480 node --test "${filter[@]}" --test-reporter=spec --test-reporter-destination=stdout \
        --test-reporter=tap --test-reporter-destination="$report" ./*.test.mjs) || result=$?
    counts "$2" "$(tap_number pass "$report")" $((
        $(tap_number fail "$report") + $(tap_number cancelled "$report") + $(not_run "$(tap_number skipped "$report")")))
    return "$result"
}

tap_number() { sed -n "s/^# $1 //p" "$2"; }

# A skipped test counts as failed, because it would be forgotten; with a filter, most are skipped on purpose.
not_run() { if [[ -z $FILTER ]]; then printf '%s' "$1"; else printf 0; fi; }

demand_directory() { [[ -d $ROOT/$1 ]] || { echo "$1 is missing"; return 1; }; }
