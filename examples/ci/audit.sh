#!/bin/sh
# The audit files, made from a snapshot of the ledger on a machine that has
# nothing else: no configuration, no credential, no network.
#
#   audit.sh SNAPSHOT OUT [SINCE [UNTIL]]
#
# On the host of the ledger a timer or a person takes the snapshot:
#   sudo -u lapse lapse snapshot /var/backups/lapse/ledger-20261123.db
# Times are RFC 3339 with an offset. OUT must not exist; it appears complete or
# not at all. Status: 0, or that of the step that failed (65: the evidence is
# not whole; do not use the files).
set -eu

if [ $# -lt 2 ] || [ $# -gt 4 ]; then
	echo "usage: $0 SNAPSHOT OUT [SINCE [UNTIL]]" >&2
	exit 64
fi
snapshot=$1 out=$2 since=${3-} until=${4-}
lapse=${LAPSE:-lapse}

# First: is what came here whole? Every event is hashed again.
"$lapse" verify --ledger "$snapshot"

set -- --ledger "$snapshot" --out "$out"
[ -z "$since" ] || set -- "$@" --since "$since"
[ -z "$until" ] || set -- "$@" --until "$until"
"$lapse" review-export "$@"

# What an auditor will do with the folder, without ledger or lapse.conf.
"$lapse" verify "$out"
(cd "$out" && wc -c ./*)
