#!/bin/bash
# Makes the development PKI of a gateway and its simulated partners (see README.md beside this file).
# Needs openssl 3.0 and flock. What is there and still good is kept, so that it can be run before each start.
set -euo pipefail
umask 077

usage() {
  cat <<'TEXT'
make-dev-pki.sh DIR [--senders "NAME[=PARTNER,…] …"] [--servers "NAME …"] [--persons "NAME[=ROLE,…] …"]
                    [--list FILE] [--identities FILE] [--seals "PARTNER:WAY:KEY:KIND …"] [--seal-keys DIR]
  --senders     client certificates of partners' host systems; a sender speaks for the partners behind `=`,
                or for the one of its own name
  --servers     server certificates of partners that are pushed to
  --persons     client certificates of persons and office systems; roles: officer, approver, operator,
                system, viewer, auditor, administrator (default: officer-li approver-wang operator-zhao bureau=system
                viewer-he auditor-sun administrator-qian)
  --list        the same from a file, one a line: `sender NAME…`, `server NAME`, `person NAME…`
  --identities  where to write identities.yaml (default: DIR/identities.yaml)
  --seals       keys of partners' seals; WAY: from_partner or to_partner; KIND: sm2, rsa, ecdsa, certificate or hmac
  --seal-keys   where the gateway's halves of them go (default: DIR/keys); the partners' go to DIR/partner-keys
TEXT
}

fail() {
  echo "make-dev-pki: $1" >&2
  exit 1
}

[[ $# -gt 0 ]] || { usage >&2; exit 2; }
if [[ $1 == --help || $1 == -h ]]; then usage; exit 0; fi
dir=$1
shift
identities=""
seal_keys=""
seals=()
senders=()
servers=()
persons=()
while [[ $# -gt 0 ]]; do
  [[ $# -gt 1 ]] || fail "$1 needs a value"
  case $1 in
    --senders) read -r -d '' -a more <<<"$2" || true; senders+=("${more[@]}") ;;
    --servers) read -r -d '' -a more <<<"$2" || true; servers+=("${more[@]}") ;;
    --persons) read -r -d '' -a more <<<"$2" || true; persons+=("${more[@]}") ;;
    --identities) identities=$2 ;;
    --seals) read -r -d '' -a more <<<"$2" || true; seals+=("${more[@]}") ;;
    --seal-keys) seal_keys=$2 ;;
    --list)
      [[ -r $2 ]] || fail "cannot read $2"
      while read -r kind entry rest; do
        [[ -z $kind || $kind == \#* ]] && continue
        [[ -n $entry && -z $rest ]] || fail "$2: write \`sender NAME\`, \`server NAME\` or \`person NAME\`, not \`$kind $entry $rest\`"
        case $kind in
          sender) senders+=("$entry") ;;
          server) servers+=("$entry") ;;
          person) persons+=("$entry") ;;
          *) fail "$2: \`$kind\` is neither sender nor server nor person" ;;
        esac
      done <"$2"
      ;;
    *) usage >&2; exit 2 ;;
  esac
  shift 2
done
[[ ${#persons[@]} -gt 0 ]] || persons=(officer-li approver-wang operator-zhao bureau=system viewer-he auditor-sun administrator-qian)
mkdir -p "$dir" || fail "cannot make $dir"
dir=$(cd "$dir" && pwd)
[[ -n $identities ]] || identities=$dir/identities.yaml
[[ -n $seal_keys ]] || seal_keys=$dir/keys

for entry in "${senders[@]}" "${servers[@]}" "${persons[@]}"; do
  [[ $entry =~ ^[A-Za-z0-9._-]{1,64}(=[A-Za-z0-9._,-]+)?$ ]] || fail "\`$entry\` is no name: use letters, digits, - _ ."
done

for entry in "${seals[@]}"; do
  [[ $entry =~ ^[a-z0-9-]{1,24}:(from|to)_partner:[A-Za-z0-9][A-Za-z0-9._-]{0,63}:(sm2|rsa|ecdsa|certificate|hmac)$ ]] ||
    fail "\`$entry\` is no seal's key: write PARTNER:from_partner:KEY:sm2"
done

exec 9>"$dir/.lock"
flock 9
work=$(mktemp -d "$dir/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT

cat >"$work/extensions" <<'TEXT'
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
TEXT

# The [server] section, with the names that a server may be called by.
server_extensions() {
  cat <<TEXT
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1$1
TEXT
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# A pair is put in place key first, then certificate: a run that is cut off leaves no certificate without its
# key, and a pair that does not match is made anew.
place() { mv -f "$1.key" "$2.key" && mv -f "$1.pem" "$2.pem"; }

# good PATH CA: whether the pair is there, belongs together, is signed by the CA and lasts another day.
good() {
  [[ -s $1.pem && -s $1.key ]] &&
    openssl x509 -in "$1.pem" -noout -checkend 86400 >/dev/null &&
    openssl verify -CAfile "$2" "$1.pem" >/dev/null 2>&1 &&
    [[ $(openssl x509 -in "$1.pem" -noout -pubkey) == "$(openssl pkey -in "$1.key" -pubout)" ]]
}

# authority PATH NAME
authority() {
  good "$1" "$1.pem" && return
  mkdir -p "$(dirname "$1")"
  new_key "$work/ca.key"
  openssl x509 -new -key "$work/ca.key" -subj "/O=Loangate development/CN=$2" -days 3650 \
    -extfile "$work/extensions" -extensions ca -out "$work/ca.pem"
  place "$work/ca" "$1"
}

# certificate PATH NAME client|server CA
certificate() {
  good "$1" "$4.pem" && return
  mkdir -p "$(dirname "$1")"
  local extensions=$work/extensions
  if [[ $3 == server ]]; then
    extensions=$work/server-extensions
    local own=""
    [[ $2 == gateway ]] || own=", DNS:$2"
    server_extensions "$own" >"$extensions"
  fi
  new_key "$work/new.key"
  openssl pkey -in "$work/new.key" -pubout -out "$work/new.pub"
  openssl x509 -new -force_pubkey "$work/new.pub" -subj "/O=Loangate development/CN=$2" -days 825 \
    -CA "$4.pem" -CAkey "$4.key" -extfile "$extensions" -extensions "$3" -out "$work/new.pem"
  place "$work/new" "$1"
}

authority "$dir/ca" "Loangate development CA"
authority "$dir/special/foreign-ca" "Foreign CA"
ca=$dir/ca
certificate "$dir/server" gateway server "$ca"
certificate "$dir/gateway-client" gateway-client client "$ca"
for entry in "${senders[@]}"; do certificate "$dir/senders/${entry%%=*}" "${entry%%=*}" client "$ca"; done
for entry in "${servers[@]}"; do certificate "$dir/servers/$entry" "$entry" server "$ca"; done
for entry in "${persons[@]}"; do certificate "$dir/persons/${entry%%=*}" "${entry%%=*}" client "$ca"; done
certificate "$dir/special/stranger" stranger client "$ca"
certificate "$dir/special/revoked" revoked client "$ca"
certificate "$dir/special/foreign" foreign client "$dir/special/foreign-ca"

# What `openssl ca` needs to know: only the revoked certificate is in its book.
cat >"$work/ca.cnf" <<TEXT
[ca]
default_ca = book
[book]
database = $work/index.txt
crlnumber = $work/crlnumber
new_certs_dir = $work
serial = $work/serial
default_md = sha256
unique_subject = no
policy = any
crl_extensions = crl
[any]
organizationName = optional
commonName = supplied
[crl]
authorityKeyIdentifier = keyid:always
[req]
distinguished_name = name
[name]
TEXT
serial_of() { openssl x509 -in "$1" -noout -serial | sed 's/^serial=//'; }

expired=$dir/special/expired
if ! [[ -s $expired.pem && -s $expired.key ]] ||
  ! openssl verify -no_check_time -CAfile "$ca.pem" "$expired.pem" >/dev/null 2>&1; then
  : >"$work/index.txt"
  openssl rand -hex 16 | sed 's/^./1/' >"$work/serial"
  new_key "$work/new.key"
  openssl req -new -config "$work/ca.cnf" -key "$work/new.key" -subj "/O=Loangate development/CN=expired" -out "$work/new.csr"
  openssl ca -batch -notext -config "$work/ca.cnf" -cert "$ca.pem" -keyfile "$ca.key" -in "$work/new.csr" \
    -startdate 20200101000000Z -enddate 20210101000000Z -extfile "$work/extensions" -extensions client \
    -out "$work/new.pem" 2>"$work/log" || fail "$(cat "$work/log")"
  place "$work/new" "$expired"
fi

revoked=$(serial_of "$dir/special/revoked.pem")
crl_good() {
  [[ -s $dir/crl.pem ]] && openssl crl -in "$dir/crl.pem" -noout -CAfile "$ca.pem" 2>&1 | grep -q 'verify OK' &&
    openssl crl -in "$dir/crl.pem" -noout -text | grep -q "Serial Number: $revoked" &&
    [[ $(date -d "$(openssl crl -in "$dir/crl.pem" -noout -nextupdate | sed 's/^nextUpdate=//')" +%s) -gt $(($(date +%s) + 86400)) ]]
}
if ! crl_good; then
  printf 'R\t%s\t%s\t%s\tunknown\t/O=Loangate development/CN=revoked\n' \
    "$(date -u -d '+800 days' +%y%m%d%H%M%SZ)" "$(date -u +%y%m%d%H%M%SZ)" "$revoked" >"$work/index.txt"
  # The number goes up with time, so that a new CRL never looks older than the one before it.
  printf '%012X\n' "$(date +%s)" >"$work/crlnumber"
  openssl ca -gencrl -config "$work/ca.cnf" -cert "$ca.pem" -keyfile "$ca.key" -crldays 365 -out "$work/crl.pem" \
    2>"$work/log" || fail "$(cat "$work/log")"
  mv -f "$work/crl.pem" "$dir/crl.pem"
fi

# seal_key PARTNER WAY KEY KIND: both sides have a MAC's secret and every public key; a private key is only with
# the side that signs that way.
seal_key() {
  local ours=$seal_keys/$1 theirs=$dir/partner-keys/$1 signer other
  mkdir -p "$ours" "$theirs"
  signer=$ours
  other=$theirs
  [[ $2 == to_partner ]] || { signer=$theirs; other=$ours; }
  if [[ $4 == hmac ]]; then
    if ! cmp -s "$ours/$3.secret" "$theirs/$3.secret"; then
      openssl rand -hex 32 >"$work/new.secret"
      cp "$work/new.secret" "$theirs/$3.secret"
      mv -f "$work/new.secret" "$ours/$3.secret"
    fi
    return
  fi
  [[ -s $signer/$3.key ]] && cmp -s "$signer/$3.pem" "$other/$3.pem" && return
  case $4 in
    sm2) openssl genpkey -algorithm SM2 -out "$work/new.key" ;;
    rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/new.key" 2>"$work/log" || fail "$(cat "$work/log")" ;;
    *) new_key "$work/new.key" ;;
  esac
  if [[ $4 == certificate ]]; then
    openssl x509 -new -key "$work/new.key" -subj "/O=Loangate development/CN=$1 $3" -days 825 \
      -extfile "$work/extensions" -extensions client -out "$work/new.pem"
  else
    openssl pkey -in "$work/new.key" -pubout -out "$work/new.pem"
  fi
  cp "$work/new.pem" "$other/$3.pem"
  place "$work/new" "$signer/$3"
}
for entry in "${seals[@]}"; do
  IFS=: read -r partner way key kind <<<"$entry"
  seal_key "$partner" "$way" "$key" "$kind"
done

pin_of() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }

roles_of() {
  local name=${1%%=*}
  if [[ $1 == *=* ]]; then echo "${1#*=}"; return; fi
  case $name in
    officer* | approver* | operator* | viewer* | auditor* | administrator*) echo "${name%%-*}" ;;
    bureau*) echo system ;;
    *) fail "which role has $name? Write $name=officer or another role" ;;
  esac
}

# identity FOLDER ENTRY KEY WORDS
identity() {
  local name=${2%%=*}
  pin=$(pin_of "$dir/$1/$name.pem")
  pins+=("$pin")
  printf '  - name: %s\n    pins:\n      - spki: %s\n        comment: "development certificate"\n    %s: [%s]\n' \
    "$name" "$pin" "$3" "${4//,/, }"
}

pins=()
{
  echo '# Who comes with which key. Written by certs/make-dev-pki.sh and `loangate identity add|retire`.'
  if [[ ${#senders[@]} -gt 0 ]]; then echo 'senders:'; else echo 'senders: []'; fi
  for entry in "${senders[@]}"; do
    if [[ $entry == *=* ]]; then identity senders "$entry" partners "${entry#*=}"; else identity senders "$entry" partners "$entry"; fi
  done
  echo 'persons:'
  for entry in "${persons[@]}"; do
    roles=$(roles_of "$entry")
    identity persons "$entry" roles "$roles"
  done
} >"$work/identities.yaml"

# A file that already names every one of these keys may have been added to by hand: it stays as it is.
known=yes
for pin in "${pins[@]}"; do grep -qs "$pin" "$identities" || known=no; done
if [[ $known == no ]]; then
  mkdir -p "$(dirname "$identities")"
  fresh=$(mktemp "$(dirname "$identities")/.identities.XXXXXX")
  cat "$work/identities.yaml" >"$fresh"
  sync "$fresh"
  mv -f "$fresh" "$identities"
fi
