#!/bin/sh
# Run a command as docker compose runs a service: in the root file system of the image, which is read-only, with a
# temporary /tmp and the data folder as /data, as user 1000 without capabilities. Sockets are where they are here.
# usage: unshare --mount enter.sh ROOT DATA SOCKETS COMMAND…
set -eu
root=$1 data=$2 sockets=$3
shift 3
mount --bind "$root" "$root"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$data" "$root/data"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root$sockets"
mount --bind "$sockets" "$root$sockets"
mount -o remount,bind,ro "$root"
exec chroot "$root" setpriv --reuid=1000 --regid=1000 --clear-groups --no-new-privs --inh-caps=-all \
    --bounding-set=-all "$@"
