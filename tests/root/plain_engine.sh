#!/bin/sh
# A Docker Engine as root starts it, from the tree of an engine pack: real cgroups, all ids, crun as its packager made it.
# First process of new mount, net, pid, ipc, uts and cgroup namespaces; never to be run in the machine's own.
#   plain_engine.sh TREE WORK [IPTABLES]     WORK: an empty folder; a tmpfs is mounted there, so that nothing stays
#                                            IPTABLES: the program that is to be its iptables
# In the folder WORK.shared: runc, what it is to run containers with; daemon.json, the engine's settings; before.sh, what its owner does before it starts.
set -eu
tree=$1 work=$2 iptables=${3:-}
mount --make-rprivate /
mount -t sysfs sysfs /sys
[ "$(ls /sys/class/net)" = lo ] || { echo "not in a network namespace of its own" >&2; exit 1; }

mount -t tmpfs tmpfs "$work"
mkdir "$work/host" "$work/above" "$work/work" "$work/docker"
mount -t overlay -o "lowerdir=$tree,upperdir=$work/above,workdir=$work/work" overlay "$work/host"
cd "$work/host"
mkdir -p var/lib/docker var/lib/containerd etc/docker usr/local/bin old
ln -s /run var/run
rm -f usr/sbin/runc
cp "$work.shared/runc" usr/sbin/runc
chmod 755 usr/sbin/runc
[ -z "$iptables" ] || ln -s "/usr/sbin/$iptables" usr/local/bin/iptables
echo host > etc/hostname
printf '127.0.0.1\tlocalhost host\n::1\tlocalhost ip6-localhost ip6-loopback\n' > etc/hosts
# The name server of a capsule's host; here nobody is there, and who asks is told at once.
printf 'nameserver 192.0.2.53\noptions timeout:1 attempts:1\n' > etc/resolv.conf
mount -t proc proc proc
mount -t sysfs sysfs sys
if [ -f /proc/self/cgroup ] && grep -q '^[1-9]' /proc/self/cgroup; then      # version 1, or a machine with both: version 1 alone
  mount -t tmpfs tmpfs sys/fs/cgroup
  grep '^[1-9]' /proc/self/cgroup | while IFS=: read -r _ controllers _; do
    case $controllers in name=*) options=none,$controllers folder=${controllers#name=} ;; *) options=$controllers folder=$controllers ;; esac
    mkdir "sys/fs/cgroup/$folder"
    mount -t cgroup -o "$options" cgroup "sys/fs/cgroup/$folder"
  done
else
  mount -t cgroup2 cgroup2 sys/fs/cgroup
fi
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do : > "dev/$name"; mount --bind "/dev/$name" "dev/$name"; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount --bind "$work/docker" var/lib/docker
mount -t tmpfs tmpfs var/lib/containerd                    # overlayfs cannot be stacked on what lies on overlayfs
cp "$work.shared/daemon.json" etc/docker/daemon.json
echo dockremap:x:999:999::/:/bin/false >> etc/passwd       # for userns-remap
echo dockremap:x:999: >> etc/group
echo dockremap:100000:65536 > etc/subuid
echo dockremap:100000:65536 > etc/subgid
mkdir run/shared
mount --bind "$work.shared" run/shared
pivot_root . old
umount -l /old
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
hostname host
ip link set lo up
ip rule add to 192.0.2.53 prohibit
# shellcheck source=/dev/null
. /run/shared/before.sh
containerd >/run/containerd.log 2>&1 &
while [ ! -S /run/containerd/containerd.sock ]; do busybox usleep 5000; done
exec tini-static -- dockerd --containerd=/run/containerd/containerd.sock \
  --host=unix:///run/docker.sock --host=unix:///run/shared/docker.sock
