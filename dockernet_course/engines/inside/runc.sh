#!/bin/busybox sh
# The capsule's `runc`: crun without cgroups (an ordinary user's capsule may not write any). Mends:
# - devpts' option gid=5 goes: one id is mapped in the capsule, and no other group exists;
# - `kill --all` loses --all: without cgroups crun answers it with success and kills nothing, so that the engine
#   waits for ever for the container's end. Killing a container's first process ends the others, by its pid namespace;
# - the time namespace goes, for which engines ask from 29.5 on: where there is one, crun makes a new pid namespace, too,
#   so that a container with the host's (--pid=host) would not see the host's processes;
# - where the capsule has no /proc or /sys of its own, see runc_bound.py.
previous=
for argument in "$@"; do
  shift
  if [ "$previous" = --bundle ]; then
    busybox sed -i 's/,"gid=5"//; s/,{"type":"time"}//; s/{"type":"time"},//' "$argument/config.json"
    [ ! -s /run/bound ] || /usr/bin/python3 -ISE /usr/sbin/runc_bound.py "$argument/config.json" || exit
  fi
  previous=$argument
  [ "$argument" = --all ] || set -- "$@" "$argument"
done
exec /usr/bin/crun --cgroup-manager=disabled "$@"
