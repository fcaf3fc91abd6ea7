#!/usr/bin/env bash
# In fresh namespaces: a Debian in ROOT, whose changes go to STAGE/mounts, becomes the root; its systemd starts, and beside it
# inside.sh. pivot_root and not chroot: below a chroot nobody may have users of its own (PrivateUsers).
set -euo pipefail
root=$1
stage=$2
mount -t tmpfs tmpfs "$stage/mounts"
cd "$stage/mounts"
mkdir upper work merged
mount -t overlay overlay -o "lowerdir=$root,upperdir=$PWD/upper,workdir=$PWD/work" merged
cd merged
mkdir -p share old
mount --bind "$stage/share" share
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=0755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 sys/fs/cgroup
else
  mount -t tmpfs tmpfs sys/fs/cgroup
  mkdir sys/fs/cgroup/systemd sys/fs/cgroup/unified
  mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
  mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
fi
ip link set lo up
printf '[Unit]\nDescription=Nothing but what is asked for\nAllowIsolate=yes\n' >etc/systemd/system/package-test.target
pivot_root . old
umount -l /old
exec env -i container=package-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c \
  '/share/inside.sh >/share/told 2>&1 & exec /lib/systemd/systemd --system --unit=package-test.target --show-status=0'
