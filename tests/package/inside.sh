#!/bin/bash
# Beside the systemd of a bare Debian: what an operator does with the package, and what must hold. The first that does not ends it.
set -uo pipefail
cd /share

end() { echo "$1" >/share/ended; exit "$1"; }
holds() { # what, command…
  local what=$1
  shift
  if "$@" >/tmp/said 2>&1; then echo "  holds: $what"; return; fi
  echo "  FAILS: $what: $*"
  cat /tmp/said
  systemctl status loangate --no-pager 2>&1 | tail -20
  journalctl -u loangate --no-pager 2>/dev/null | tail -20
  cat /tmp/loangate.log 2>/dev/null | tail -20
  end 1
}
waits() { # what, command…: up to 20 seconds
  for _ in $(seq 200); do
    "${@:2}" >/dev/null 2>&1 && break
    sleep 0.1
  done
  holds "$@"
}
same() { [ "$1" = "$2" ] || { echo "\`$1\` is not \`$2\`"; return 1; }; }
no() { ! "$@"; }
property() { systemctl show -p "$1" --value loangate; }
as_loangate() { runuser -u loangate -- "$@"; }

for _ in $(seq 100); do systemctl is-active --quiet package-test.target 2>/dev/null && break; sleep 0.1; done

echo "== installed on a bare Debian"
holds "it installs without certificates" dpkg -i before.deb
holds "the service has a user of its own" id loangate
holds "it is enabled" systemctl is-enabled loangate
holds "and waits for certificates" no systemctl is-active loangate
holds "which is no failure" same "$(property Result)" success
holds "man page and README are there" test -s /usr/share/man/man1/loangate.1.gz -a -s /usr/share/doc/loangate/README.Debian

echo "== the first start, as README.Debian says"
holds "the development PKI" as_loangate /usr/share/loangate/certs/make-dev-pki.sh /var/lib/loangate/pki \
  --identities /var/lib/loangate/identities.yaml --senders sxbph --persons "officer-li approver-wang operator-zhao"
holds "a partner" cp -r /usr/share/loangate/adapters/partners/sxbph /etc/loangate/partners/
chown -R loangate: /etc/loangate/partners
mkdir -p /etc/systemd/system/loangate.service.d
printf '[Unit]\nStartLimitBurst=50\n[Service]\nWatchdogSec=4\nStandardError=append:/tmp/loangate.log\n' \
  >/etc/systemd/system/loangate.service.d/test.conf
systemctl daemon-reload
holds "the configuration is sound" as_loangate loangate check --config /etc/loangate --data /var/lib/loangate
holds "the doctor finds nothing bad" as_loangate loangate doctor --config /etc/loangate --data /var/lib/loangate
holds "it starts, and says so itself" systemctl start loangate
holds "with words" same "$(property StatusText | cut -c1-7)" serving

echo "== under its restrictions"
pid=$(property MainPID)
status() { awk -v name="$1:" '$1 == name {print $2}' "/proc/$pid/status"; }
holds "as its own user" same "$(status Uid)" "$(id -u loangate)"
holds "without capabilities" same "$(status CapBnd)" 0000000000000000
holds "nor ways to more" same "$(status NoNewPrivs)" 1
holds "behind a system call filter" same "$(status Seccomp)" 2
holds "in a namespace of users of its own" no cmp -s "/proc/$pid/uid_map" /proc/1/uid_map
holds "where /usr cannot be written" no nsenter -t "$pid" -m touch /usr/written
holds "nor gateway.yaml" no nsenter -t "$pid" -m touch /etc/loangate/gateway.yaml
holds "but the LPR can" nsenter -t "$pid" -m touch /etc/loangate/rulebook/lpr.yaml
holds "and only it reads its store" same "$(stat -c '%a %U' /var/lib/loangate/loangate.db)" "600 loangate"

pki=/var/lib/loangate/pki
message=sxbph/samples/loan-disbursement.json
[ -e "$message" ] || message=$(ls sxbph/samples/*.json | head -1)
file_it() {
  curl -sS --max-time 20 --cacert $pki/ca.pem --cert $pki/senders/sxbph.pem --key $pki/senders/sxbph.key \
    -H 'Content-Type: application/json' --data-binary "@$message" -D /tmp/head https://localhost:8443/v1/messages
}
echo "== a message, and then trouble"
first=$(file_it)
holds "a bank has a receipt in its own form" grep -q originalId <<<"$first"
holds "with its number" grep -qi '^Loangate-Message: ' /tmp/head
holds "reload" systemctl reload loangate
waits "goes on" same "$(property SubState)" running
kill -KILL "$pid"
waits "kill -9 brings another" bash -c "p=\$(systemctl show -p MainPID --value loangate); [ \$p != 0 ] && [ \$p != $pid ] && systemctl is-active -q loangate"
holds "with what was acknowledged" same "$(file_it)" "$first"
pid=$(property MainPID)
kill -STOP "$pid"
waits "a gateway that stands still is started anew" bash -c "p=\$(systemctl show -p MainPID --value loangate); [ \$p != 0 ] && [ \$p != $pid ] && systemctl is-active -q loangate"
holds "with what was acknowledged" same "$(file_it)" "$first"

echo "== backup"
holds "while it runs" as_loangate loangate backup --config /etc/loangate --data /var/lib/loangate --as operator-zhao
holds "and is whole" as_loangate loangate restore /var/lib/loangate/backups/loangate-* --verify-only

echo "== upgraded"
echo "# the administrator's own line" >>/etc/loangate/gateway.yaml
echo "# changed by command" >>/etc/loangate/rulebook/lpr.yaml
pid=$(property MainPID)
holds "over the version before" dpkg --force-confold -i after.deb
waits "it was started anew" bash -c "p=\$(systemctl show -p MainPID --value loangate); [ \$p != 0 ] && [ \$p != $pid ] && systemctl is-active -q loangate"
holds "with its data" same "$(file_it)" "$first"
holds "with the administrator's configuration" grep -q "own line" /etc/loangate/gateway.yaml
holds "with the office's data" grep -q "changed by command" /etc/loangate/rulebook/lpr.yaml

echo "== removed"
holds "removing" dpkg -r loangate
holds "stops it" no systemctl is-active loangate
holds "takes the program" no test -e /usr/bin/loangate
holds "keeps the data" test -s /var/lib/loangate/loangate.db
holds "keeps the configuration" test -s /etc/loangate/gateway.yaml
rm -rf /etc/systemd/system/loangate.service.d
holds "purging" dpkg -P loangate
holds "takes the configuration" no test -e /etc/loangate
holds "keeps the evidence" test -s /var/lib/loangate/loangate.db
holds "leaves no unit behind" no bash -c 'find /etc/systemd /lib/systemd -name "loangate*" | grep .'
holds "and it installs again" dpkg -i after.deb
waits "with its data" bash -c "systemctl is-active -q loangate || test -s /var/lib/loangate/loangate.db"
systemctl stop loangate
holds "purging with the data, if that is said" env LOANGATE_PURGE_DATA=yes dpkg -P loangate
holds "takes all" no test -e /var/lib/loangate
end 0
