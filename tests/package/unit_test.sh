#!/usr/bin/env bash
# unit_test.sh verify UNIT PROGRAM | security UNIT: what systemd-analyze says of the unit. Exposure must be below 2.0.
set -euo pipefail
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
case $1 in
  verify)
    # In a root of its own, where the program is and kill, and nothing else has to be.
    cp "$2" "$root/loangate.service"
    sed -i "s|/usr/bin/loangate|$3|" "$root/loangate.service"
    said=$(systemd-analyze verify --man=no --recursive-errors=no "$root/loangate.service" 2>&1) || { echo "$said"; exit 1; }
    if [ -n "$said" ]; then echo "$said"; exit 1; fi
    ;;
  security) systemd-analyze security --offline=true --no-pager --threshold=19 "$2" | tail -3 ;;
esac
