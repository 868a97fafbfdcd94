#!/bin/sh
# The lab image's sleep. The first process of a PID namespace gets only signals that it has a handler for
# (pid_namespaces(7)), and the real sleep has none: without this, `docker stop` waits ten seconds and then kills it.
PATH=/opt/dockernet/bin
[ $$ = 1 ] || exec sleep "$@"
trap 'exit 143' TERM  # 128 + SIGTERM, as a shell tells it
sleep "$@" &
wait $!
