#!/usr/bin/env bash
# Installs the package on a bare Debian 12 whose own systemd runs, in namespaces of this machine: starts, files, kills,
# upgrades, removes. Needs root (or sudo); fetches the bare Debian once and keeps it in BUILD/package-root.
#
#     tests/package/package_test.sh SOURCE BUILD
set -euo pipefail
source_dir=$1
build=$2
here=$source_dir/tests/package

fail() { echo "package_test: $*" >&2; exit 1; }

if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null || fail "needs root: it installs a package and boots a Debian of its own; run it as root or allow sudo"
  exec sudo "$0" "$@"
fi
for tool in debootstrap dpkg-deb unshare ip; do command -v "$tool" >/dev/null || fail "$tool is not installed: ./dev test installs it"; done

# The package that was built, and the same as the next version.
debs=$build/package-test
before=$(ls "$debs"/loangate_*.deb) || fail "there is no package in $debs: ctest builds it first (package_build)"
next=$(mktemp -d /var/tmp/loangate-next.XXXXXX)
trap 'rm -rf "$next"' EXIT
dpkg-deb -R "$before" "$next/files"
sed -i 's/^Version: .*/&+next/' "$next/files/DEBIAN/control"
dpkg-deb -Zgzip -b "$next/files" "$next/after.deb" >/dev/null

# A bare Debian with what the package depends on, and curl to play a bank; both are kept for the next time.
root=$build/package-root
if [ ! -e "$root/.base" ]; then
  echo "== a bare Debian, once"
  rm -rf "$root"
  debootstrap --variant=minbase bookworm "$root" >"$build/package-root.log" 2>&1 || { tail -20 "$build/package-root.log"; fail "debootstrap failed: is the network there?"; }
  touch "$root/.base"
fi
wanted=$(dpkg-deb -f "$before" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
if [ "$(cat "$root/.complete" 2>/dev/null)" != "$wanted" ]; then
  echo "== with $wanted"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
  # shellcheck disable=SC2086
  chroot "$root" sh -c "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $wanted curl" >"$build/package-root.log" 2>&1 ||
    { tail -20 "$build/package-root.log"; fail "its packages cannot be installed: is the network there?"; }
  echo "$wanted" >"$root/.complete"
fi

stage=$(mktemp -d /var/tmp/loangate-package.XXXXXX)
trap 'rm -rf "$stage" "$next"' EXIT
mkdir "$stage/share" "$stage/mounts"
cp "$before" "$stage/share/before.deb"
cp "$next/after.deb" "$stage/share/after.deb"
cp "$here/inside.sh" "$stage/share/"
cp -r "$source_dir/adapters/partners/sxbph" "$stage/share/"

# Everything below lives in namespaces of its own and goes with them. PID 1 there is systemd; who ends is told by a file.
setsid unshare --mount --pid --fork --ipc --uts --net --cgroup --kill-child --propagation private \
  "$here/boot.sh" "$root" "$stage" >"$stage/share/boot.log" 2>&1 </dev/null &
booted=$!
for _ in $(seq 1200); do
  [ ! -e "$stage/share/ended" ] || break
  kill -0 "$booted" 2>/dev/null || break
  sleep 0.1
done
kill -KILL "$booted" 2>/dev/null || true
wait "$booted" 2>/dev/null || true
cat "$stage/share/told" 2>/dev/null || true
[ -e "$stage/share/ended" ] || { tail -40 "$stage/share/boot.log"; fail "it did not come to its end"; }
[ "$(cat "$stage/share/ended")" = 0 ] || { tail -20 "$stage/share/boot.log"; fail "failed, see above"; }
