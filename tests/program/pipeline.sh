#!/bin/sh
# A pipeline without a terminal: each step says with which status it ends. The test that runs it sets the workspace.
set -u

ends() {
    wanted=$1
    shift
    "$@" </dev/null >out 2>err
    status=$?
    if [ "$status" -ne "$wanted" ]; then
        echo "\"$*\" ended with $status, not $wanted" >&2
        cat out err >&2
        exit 1
    fi
}

says() {
    grep -q "$1" out err || { echo "nothing says \"$1\":" >&2; cat out err >&2; exit 1; }
}

# What a reviewer sees before anything is sent
ends 3 sparkpool show adhoc
ends 5 sparkpool drift -f pools/
says missing
ends 6 sparkpool attach -f pools/adhoc.yml --grant
ends 5 sparkpool plan attach -f pools/adhoc.yml --grant --detailed-exitcode -o adhoc.plan
ends 3 sparkpool show adhoc

# The job that applies the plan is killed while Azure works
mkfifo events
sparkpool apply adhoc.plan -o jsonl >events 2>err &
job=$!
while read -r event; do
    case $event in *'"event": "waited"'*) kill -9 "$job" && break ;; esac
done <events
wait "$job" 2>/dev/null
[ $? -eq 137 ] || { echo "the job was not killed" >&2; exit 1; }
ends 0 sparkpool operations -o tsv --fields name,state
says interrupted

# The next job goes on, and nothing is sent twice
ends 0 sparkpool resume --all
says Succeeded
ends 9 sparkpool apply adhoc.plan
ends 0 sparkpool attach -f pools/adhoc.yml --grant --yes
says Unchanged
ends 0 sparkpool drift -f pools/
ends 0 sparkpool roles adhoc -o tsv --fields principal,role
says "Synapse Administrator"

# Someone changes the compute by hand
ends 0 sparkpool update adhoc --tag team=other --yes
ends 5 sparkpool drift -f pools/ -o json
says '"differs"'
ends 0 sparkpool attach -f pools/adhoc.yml --yes
ends 0 sparkpool drift -f pools/

# Its identity changes, and the role follows
ends 5 sparkpool check adhoc
ends 0 sparkpool update adhoc --identity None --yes
ends 0 sparkpool export adhoc --as yaml
mv out pools/adhoc.yml
ends 0 sparkpool drift -f pools/

# The end, without waiting for it
ends 8 sparkpool detach adhoc --yes --no-wait
ends 0 sparkpool resume --all
ends 0 sparkpool resume --all
ends 3 sparkpool show adhoc
ends 2 sparkpool detach
ends 2 sparkpool resume
