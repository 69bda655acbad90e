#!/bin/sh
# Starts a command of the image where no container runtime works: sh run-image.sh ROOT DATA COMMAND … (as root). ROOT is the image's
# root as a folder (`podman image mount advisor`), DATA the folder for /data. The limits are those of docs/installing.md: the
# image's user, no capability and no way to get one, a root that cannot be written; /data and /tmp can.
set -eu
root="$1" data="$2"
shift 2
export root data
exec unshare --mount -- sh -eu -c '
  mount --bind "$root" "$root"
  mount --bind "$data" "$root/data"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mount -t proc proc "$root/proc"
  mount --bind /dev "$root/dev"
  mount -o remount,bind,ro "$root"
  export HOME=/tmp PATH=/opt/advisor/bin:/usr/sbin:/usr/bin:/sbin:/bin XDG_CACHE_HOME=/tmp/cache PYTHONDONTWRITEBYTECODE=1
  exec chroot "$root" setpriv --reuid 10001 --regid 10001 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
' sh "$@"
