# What the tests with a Google Workspace share. Not a test.

SHELL_GROUP=01gprodshell000
DIRECTORY=google

google_key() {
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$1.pem"
	openssl pkey -in "$1.pem" -pubout -out "$1.pub"
	jq -n --rawfile pem "$1.pem" '{type: "service_account",
		client_email: "lapse@acme-it.iam.gserviceaccount.com",
		private_key_id: "k1", private_key: $pem}' >"$1"
}

# Okta and Google; what $1 names is put behind their configuration, $2 is a sed
# script over the first of it.
google_world() {
	GOOGLE_KEY=$BATS_TEST_TMPDIR/google.json
	MORE_CONF=$BATS_TEST_TMPDIR/google.conf
	cat examples/sandbox/google.conf.in ${1:+"$1"} >"$MORE_CONF"
	google_key "$GOOGLE_KEY"
	world "${2:-}"
}
