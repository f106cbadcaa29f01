#!/bin/sh
# Makes a manifest that 27 people sign, each for himself, as the builders of
# Bitcoin Core do: with RSA 4096, RSA 2048 and Ed25519, every fourth by a subkey.
# A 28th signed another manifest, and the signature of a 29th has run out. All
# signatures are concatenated: in SHA256SUMS.asc as armored blocks, in
# SHA256SUMS.sig as packets. signers.asc has the certificates, a block each, in
# the order of the signatures.
set -eu
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
g() { gpg --quiet --batch --yes --pinentry-mode loopback --passphrase '' --faked-system-time 20250101T000000! "$@"; }
rm -f SHA256SUMS.asc SHA256SUMS.sig signers.asc
echo '5dbf0d7b6e2b1b2f7f5d7e1ae1e1bc11e4a1b2ac4f2c7d2f5cf2b3a4e6b0c1d2  prog-1.2.3.tar.gz' >SHA256SUMS
echo '0000000000000000000000000000000000000000000000000000000000000000  prog-1.2.3.tar.gz' >"$GNUPGHOME/other"
for n in $(seq -w 1 29); do
	case $((${n#0} % 3)) in
	0) algo=rsa4096 ;;
	1) algo=rsa2048 ;;
	*) algo=ed25519 ;;
	esac
	id=signer$n@example.org
	g --quick-generate-key "$id" $algo cert,sign never
	fpr=$(gpg --quiet --with-colons --list-keys "$id" | awk -F: '$1 == "fpr" { print $10; exit }')
	[ $((${n#0} % 4)) = 0 ] && g --quick-add-key "$fpr" $algo sign never
	g --armor --export "$id" >>signers.asc
	file=SHA256SUMS
	[ "$n" = 28 ] && file=$GNUPGHOME/other
	life=0
	[ "$n" = 29 ] && life=1d
	g --local-user "$id" --default-sig-expire $life --armor --output "$GNUPGHOME/sig" --detach-sign "$file"
	cat "$GNUPGHOME/sig" >>SHA256SUMS.asc
	gpg --quiet --dearmor <"$GNUPGHOME/sig" >>SHA256SUMS.sig
done
