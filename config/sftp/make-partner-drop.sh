#!/bin/sh
# Gives a partner its folder for files: a login that can do nothing but SFTP, in a chroot of its own. Run as root; again
# with another key, it replaces the key and mends what is not as it should be. Nothing in the folders is touched.
set -eu

usage() {
  cat <<'TXT'
make-partner-drop.sh ID PUBLIC_KEY     为合作机构建立文件目录与登录 · a partner's folder and login
make-partner-drop.sh --host-keys       生成服务器主机密钥 · the server's own host keys, once

  ID          the partner's id, as its profile has it: small letters, digits, hyphens
  PUBLIC_KEY  a file with one or more lines as ssh-keygen writes them (id_ed25519.pub)

  make-partner-drop.sh --host-keys
  make-partner-drop.sh bank22 /tmp/bank22.pub

Environment: LOANGATE_FILES (/srv/loangate/files), LOANGATE_SFTP (/etc/loangate/sftp), LOANGATE_USER (loangate).
TXT
}

files=${LOANGATE_FILES:-/srv/loangate/files}
settings=${LOANGATE_SFTP:-/etc/loangate/sftp}
gateway=${LOANGATE_USER:-loangate}
group=loangate-drop

fail() { echo "make-partner-drop.sh: $1" >&2; exit 1; }

make_host_keys() {
  install -d -m 0755 -o root -g root "$settings" "$settings/keys"
  [ -e "$settings/host_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C loangate -f "$settings/host_ed25519"
  [ -e "$settings/host_rsa" ] || ssh-keygen -q -t rsa -b 3072 -N '' -C loangate -f "$settings/host_rsa"
  for key in "$settings"/host_*.pub; do ssh-keygen -l -f "$key"; done
}

case ${1:-} in
  --help | -h) usage; exit 0 ;;
esac
[ "$(id -u)" = 0 ] || fail "needs root: users are made and owners set"
if [ "${1:-}" = --host-keys ]; then make_host_keys; exit 0; fi
[ $# = 2 ] || { usage >&2; exit 2; }

id=$1
key=$2
case $id in
  '' | *[!a-z0-9-]* | -*) fail "\`$id\` is no partner id: small letters, digits and hyphens" ;;
esac
[ ${#id} -le 24 ] || fail "\`$id\` is no partner id: it has more than 24 characters"
ssh-keygen -l -f "$key" >/dev/null 2>&1 || fail "\`$key\` holds no public key: give the .pub file of ssh-keygen"
grep -q 'PRIVATE KEY' "$key" && fail "\`$key\` is a private key: the partner keeps that one and sends the .pub file"
id "$gateway" >/dev/null 2>&1 || fail "there is no user \`$gateway\`: make the gateway's own first"

login=lg-$id
folder=$files/$id
getent group "$group" >/dev/null || groupadd --system "$group"
if ! getent passwd "$login" >/dev/null; then
  useradd --system --no-create-home --home-dir "$folder" --shell /usr/sbin/nologin --gid "$group" \
    --comment "Loangate files of $id" "$login"
fi
# sshd admits a login without a password by key only if it is not locked: `*` is no password and no lock.
usermod --home "$folder" --gid "$group" --password '*' "$login"

# The chroot and all above it are root's, else sshd refuses it and the partner could replace `in` by a link.
# `in` takes files and keeps their group the gateway's too; it belongs to root, so that the partner cannot change its mode.
install -d -m 0755 -o root -g root "$files" "$folder"
install -d -m 2770 -o root -g "$group" "$folder/in"
install -d -m 2750 -o "$gateway" -g "$group" "$folder/out"
install -d -m 0700 -o "$gateway" -g root "$folder/work" "$folder/archive"

install -d -m 0755 -o root -g root "$settings/keys"
prepared=$(mktemp "$settings/keys/.$login.XXXXXX")
grep -E '^(ssh|ecdsa|sk)-' "$key" | sed 's/^/restrict /' >"$prepared"
[ -s "$prepared" ] || { rm -f "$prepared"; fail "\`$key\` holds no line such as ssh-ed25519 AAAA…"; }
chmod 0644 "$prepared"
mv "$prepared" "$settings/keys/$login"

echo "$login: $folder/in (上传 put), $folder/out (下载 get)"
ssh-keygen -l -f "$settings/keys/$login" || true
