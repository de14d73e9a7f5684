/* Credentials: what they put on the wire, checked with the public half of the
 * key; and the whole DPoP exchange with a service that insists on nonces. */
#include "unit.h"

#include <ctype.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "auth.h"
#include "engine.h"
#include "hash.h"
#include "http.h"
#include "json.h"
#include "secret.h"
#include "server.h"

enum {
	NOW = 1795428000,
};

#define TOKEN_URL "https://acme.okta.com/oauth2/v1/token"

static EVP_PKEY *key;
static char pem[4096];
static char small_pem[2048];
static char locked_pem[4096];
static char key_file[8192];
static char with_certificate[8192];	/* after somebody else's */
static char with_another[8192];
static char thumbprint[64];
static char next_key_file[8192];
static uint32_t seed;

static int fake_random(void *arg, void *bytes, size_t len)
{
	unsigned char *p = bytes;

	(void)arg;
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525U + 1013904223U;
		p[i] = (unsigned char)(seed >> 24);
	}
	return 0;
}

static const char *fake_getenv(const char *name)
{
	static const struct {
		const char *name;
		const char *value;
	} values[] = {
		{"PEM", pem},
		{"SMALL", small_pem},
		{"LOCKED", locked_pem},
		{"FILE", key_file},
		{"CERTIFICATE", with_certificate},
		{"ANOTHER", with_another},
		{"NEXT_FILE", next_key_file},
		{"SECRET", "CANARY secret&+"},
		{"NEXT", "CANARY-next"},
		{"TWO_LINES", "a\r\nHost: evil"},
	};

	for (size_t i = 0; i < COUNT(values); i++) {
		if (strcmp(values[i].name, name) == 0)
			return values[i].value;
	}
	return NULL;
}

static int64_t fake_now(void *arg)
{
	(void)arg;
	return NOW;
}

static int64_t fake_ticks(void *arg)
{
	(void)arg;
	return 0;
}

static const struct lapse_env env = {
	.now = fake_now,
	.ticks_ms = fake_ticks,
	.random = fake_random,
	.getenv = fake_getenv,
};

static void write_pem(EVP_PKEY *k, const char *password, char *ret,
	size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, k,
				 password != NULL ? EVP_aes_128_cbc() : NULL,
				 password, password != NULL ? 4 : 0, NULL,
				 NULL),
		1);
	n = BIO_read(bio, ret, (int)size - 1);
	assert_in_range(n, 100, size - 2);
	ret[n] = '\0';
	BIO_free(bio);
}

static void write_key_file(const char *email, const char *id, char *ret,
	size_t size)
{
	AUTO_BUF out = {0};
	struct json_out w = {.out = &out};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "type", "service_account");
	json_put_text(&w, "client_email", email);
	json_put_text(&w, "private_key_id", id);
	json_put_text(&w, "private_key", pem);
	json_put_close(&w, '}');
	snprintf(ret, size, "%s", buf_text(&out));
}

/* A self-signed certificate of k, as PEM after what out holds. */
static X509 *certify(EVP_PKEY *k, struct buf *out)
{
	X509 *x = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char text[4096];
	int n;

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, k);
	assert_true(X509_sign(x, k, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(bio, x), 1);
	n = BIO_read(bio, text, sizeof(text));
	assert_true(n > 0);
	buf_add(out, text, (size_t)n);
	BIO_free(bio);
	return x;
}

static void write_certificates(void)
{
	EVP_PKEY *other = EVP_RSA_gen(2048);
	unsigned char hash[32];
	unsigned int len = 0;
	AUTO_BUF all = {0};
	AUTO_BUF text = {0};
	X509 *x;

	buf_str(&all, pem);
	X509_free(certify(other, &all));
	snprintf(with_another, sizeof(with_another), "%s", buf_text(&all));
	x = certify(key, &all);
	snprintf(with_certificate, sizeof(with_certificate), "%s",
		buf_text(&all));
	assert_int_equal(X509_digest(x, EVP_sha256(), hash, &len), 1);
	base64url(&text, hash, len);
	snprintf(thumbprint, sizeof(thumbprint), "%s", buf_text(&text));
	X509_free(x);
	EVP_PKEY_free(other);
}

static int make_keys(void **state)
{
	EVP_PKEY *small = EVP_RSA_gen(1024);

	(void)state;
	key = EVP_RSA_gen(2048);
	write_pem(key, NULL, pem, sizeof(pem));
	write_pem(key, "lock", locked_pem, sizeof(locked_pem));
	write_pem(small, NULL, small_pem, sizeof(small_pem));
	write_key_file("lapse@p.iam.example", "kid-7", key_file,
		sizeof(key_file));
	write_key_file("a-service-account-with-a-much-longer-name@"
		"another-project.iam.example", NULL, next_key_file,
		sizeof(next_key_file));
	write_certificates();
	EVP_PKEY_free(small);
	return 0;
}

static int drop_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	secret_forget_all();
	return 0;
}

/* ---- Reading tokens back ---- */

static void unbase64url(const char *text, size_t len, struct buf *ret)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = 0;
	int n = 0;

	for (size_t i = 0; i < len; i++) {
		const char *at = strchr(digits, text[i]);

		assert_true(at != NULL && *at != '\0');
		bits = bits << 6 | (unsigned)(at - digits);
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_char(ret, (char)(bits >> n & 0xff));
		}
	}
}

struct jwt {
	struct json_doc *header;
	struct json_doc *claims;
};

static void jwt_clear(struct jwt *t)
{
	json_free(t->header);
	json_free(t->claims);
}

static struct json_doc *open_part(const char *text, size_t len)
{
	struct json_doc *doc = NULL;
	struct lapse_err err = {0};
	AUTO_BUF json = {0};

	unbase64url(text, len, &json);
	assert_ok(json_open(&doc, buf_text(&json), json.len, &err));
	return doc;
}

static bool verifies(EVP_PKEY *k, bool pss, const char *text, size_t len,
	const struct buf *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pk = NULL;
	int rc;

	EVP_DigestVerifyInit(ctx, &pk, EVP_sha256(), NULL, k);
	if (pss) {
		EVP_PKEY_CTX_set_rsa_padding(pk, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pk, 32);
	}
	rc = EVP_DigestVerify(ctx, (const unsigned char *)sig->data, sig->len,
		(const unsigned char *)text, len);
	EVP_MD_CTX_free(ctx);
	return rc == 1;
}

/* Checks the signature with k and opens both parts. */
static void read_jwt(const char *text, EVP_PKEY *k, bool pss, struct jwt *ret)
{
	size_t a = strcspn(text, ".");
	size_t b = strcspn(text + a + 1, ".");
	size_t c = strcspn(text + a + b + 2, "&\n\r. ");
	AUTO_BUF sig = {0};

	unbase64url(text + a + b + 2, c, &sig);
	assert_true(verifies(k, pss, text, a + 1 + b, &sig));
	ret->header = open_part(text, a);
	ret->claims = open_part(text + a + 1, b);
}

static void assert_text(struct json_doc *doc, const char *name,
	const char *value)
{
	const char *text = json_text(json_root(doc), name, JSON_MAY);

	if (value == NULL) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	assert_string_equal(text, value);
}

static int64_t number(struct json_doc *doc, const char *name)
{
	return json_int(json_root(doc), name, JSON_MUST);
}

/* The key that a proof brings along: no private part may be in it. */
static EVP_PKEY *key_of(struct json_doc *header)
{
	struct json jwk = json_object(json_root(header), "jwk", JSON_MUST);
	EVP_PKEY *ret = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params;
	AUTO_BUF n = {0};
	AUTO_BUF e = {0};
	const char *text;
	BIGNUM *bn;
	BIGNUM *be;

	assert_string_equal(json_text(jwk, "kty", JSON_MUST), "RSA");
	for (struct json m = json_first(jwk); json_valid(m); m = json_next(m))
		assert_true(strcmp(json_key(m), "kty") == 0 ||
			strcmp(json_key(m), "n") == 0 ||
			strcmp(json_key(m), "e") == 0);
	text = json_text(jwk, "n", JSON_MUST);
	unbase64url(text, strlen(text), &n);
	text = json_text(jwk, "e", JSON_MUST);
	unbase64url(text, strlen(text), &e);
	bn = BN_bin2bn((const unsigned char *)n.data, (int)n.len, NULL);
	be = BN_bin2bn((const unsigned char *)e.data, (int)e.len, NULL);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be);
	params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_fromdata_init(ctx);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &ret, EVP_PKEY_PUBLIC_KEY,
				 params),
		1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(bn);
	BN_free(be);
	return ret;
}

/* ---- A credential and its next token request ---- */

struct rig {
	struct auth *a;
	struct buf url;
	struct buf body;
	struct buf headers;
};

static const struct auth_config okta = {
	.scheme = AUTH_CLIENT_ASSERTION,
	.client_id = "0oa1",
	.scope = "okta.users.read okta.groups.read",
	.token_url = TOKEN_URL,
	.key_id = "kid-1",
	.secret = "env:PEM",
	.dpop = true,
};

static void rig_open(struct rig *rig, const struct auth_config *config)
{
	struct lapse_err err = {0};

	memset(rig, 0, sizeof(*rig));
	assert_ok(auth_open(&rig->a, config, &env, &err));
}

static void rig_close(struct rig *rig)
{
	auth_free(rig->a);
	buf_clear(&rig->url);
	buf_clear(&rig->body);
	buf_clear(&rig->headers);
}

static void ask(struct rig *rig)
{
	struct lapse_err err = {0};

	assert_ok(auth_token_request(rig->a, NOW, &rig->url, &rig->body,
		&rig->headers, &err));
}

static int answer(struct rig *rig, int status, const char *body,
	const char *nonce, struct lapse_err *err)
{
	struct http_response res = {0};
	int rc;

	http_response_reset(&res);
	*err = (struct lapse_err){0};
	res.status = status;
	buf_str(&res.body, body);
	snprintf(res.dpop_nonce, sizeof(res.dpop_nonce), "%s", nonce);
	rc = auth_token_reply(rig->a, NOW, &res, err);
	http_response_clear(&res);
	return rc;
}

static const char *form_value(const struct rig *rig, const char *name)
{
	const char *p = strstr(buf_text(&rig->body), name);

	assert_non_null(p);
	return p + strlen(name);
}

/* ---- Tests ---- */

static void applies_static_credentials(void **state)
{
	struct auth_config header = {.scheme = AUTH_HEADER, .prefix = "SSWS",
		.secret = "env:SECRET", .next_secret = "env:NEXT"};
	struct auth_config basic = {.scheme = AUTH_BASIC,
		.user = "bot@acme.com", .secret = "env:NEXT"};
	struct http_response res = {0};
	struct lapse_err err = {0};
	struct rig rig;

	(void)state;
	http_response_reset(&res);
	rig_open(&rig, &header);
	assert_false(auth_wants_token(rig.a, NOW));
	assert_int_equal(auth_ends_at(rig.a), WHEN_NONE);
	assert_ok(auth_apply(rig.a, NOW, "GET", "https://x/", &rig.headers,
		&err));
	assert_string_equal(buf_text(&rig.headers),
		"Authorization: SSWS CANARY secret&+\n");
	assert_true(auth_rejected(rig.a, &res));
	buf_reset(&rig.headers);
	assert_ok(auth_apply(rig.a, NOW, "GET", "https://x/", &rig.headers,
		&err));
	assert_string_equal(buf_text(&rig.headers),
		"Authorization: SSWS CANARY-next\n");
	assert_false(auth_rejected(rig.a, &res));
	rig_close(&rig);
	rig_open(&rig, &basic);
	assert_ok(auth_apply(rig.a, NOW, "GET", "https://x/", &rig.headers,
		&err));
	assert_string_equal(buf_text(&rig.headers),
		"Authorization: Basic Ym90QGFjbWUuY29tOkNBTkFSWS1uZXh0\n");
	assert_false(auth_rejected(rig.a, &res));
	rig_close(&rig);
	http_response_clear(&res);
}

static void signs_client_assertions(void **state)
{
	struct auth_config config = okta;

	(void)state;
	for (int pss = 0; pss < 2; pss++) {
		struct jwt t;
		struct rig rig;

		config.algorithm = pss ? "PS256" : "RS256";
		rig_open(&rig, &config);
		assert_true(auth_wants_token(rig.a, NOW));
		ask(&rig);
		assert_string_equal(buf_text(&rig.url), TOKEN_URL);
		assert_has(rig.body.data, "grant_type=client_credentials&");
		assert_has(rig.body.data,
			"&scope=okta.users.read%20okta.groups.read&");
		assert_has(rig.body.data, "&client_assertion_type=urn%3Aietf"
			"%3Aparams%3Aoauth%3Aclient-assertion-type"
			"%3Ajwt-bearer&");
		read_jwt(form_value(&rig, "&client_assertion="), key, pss,
			&t);
		assert_text(t.header, "alg", config.algorithm);
		assert_text(t.header, "kid", "kid-1");
		assert_text(t.header, "typ", "JWT");
		assert_text(t.claims, "iss", "0oa1");
		assert_text(t.claims, "sub", "0oa1");
		assert_text(t.claims, "aud", TOKEN_URL);
		assert_int_equal(number(t.claims, "iat"), NOW);
		assert_int_equal(number(t.claims, "exp"), NOW + 300);
		jwt_clear(&t);
		rig_close(&rig);
	}
}

/* What Microsoft wants: PS256, and the certificate by its SHA-256. */
static void names_the_certificate(void **state)
{
	struct auth_config config = okta;
	struct auth *a = NULL;
	struct lapse_err err;
	struct jwt t;
	struct rig rig;

	(void)state;
	config.certificate = true;
	config.algorithm = "PS256";
	config.key_id = NULL;
	config.dpop = false;
	config.secret = "env:CERTIFICATE";
	rig_open(&rig, &config);
	/* certify() lets it last a day of the real clock */
	assert_in_range(auth_ends_at(rig.a), (uintmax_t)time(NULL) + 80000,
		(uintmax_t)time(NULL) + 86400);
	ask(&rig);
	assert_has(rig.body.data, "&client_id=0oa1&");
	read_jwt(form_value(&rig, "&client_assertion="), key, true, &t);
	assert_text(t.header, "alg", "PS256");
	assert_text(t.header, "kid", NULL);
	assert_text(t.header, "x5t#S256", thumbprint);
	assert_int_equal(number(t.claims, "nbf"), NOW);
	jwt_clear(&t);
	rig_close(&rig);
	config.secret = "env:PEM";
	assert_err(auth_open(&a, &config, &env, &err), LAPSE_ECONFIG);
	assert_has(err.text, "certificate");
	config.secret = "env:ANOTHER";
	assert_err(auth_open(&a, &config, &env, &err), LAPSE_ECONFIG);
	assert_has(err.text, "certificate of its key");
	assert_null(a);
}

static void signs_bearer_grants(void **state)
{
	static const char *const secrets[] = {"env:PEM", "env:FILE"};
	struct auth_config config = {
		.scheme = AUTH_JWT_BEARER,
		.subject = "admin@acme.com",
		.scope = "https://g.example/a https://g.example/b",
		.token_url = "https://oauth2.example/token",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(secrets); i++) {
		struct jwt t;
		struct rig rig;

		config.secret = secrets[i];
		config.client_id = i == 0 ? "lapse@p.iam.example" : NULL;
		rig_open(&rig, &config);
		ask(&rig);
		assert_has(rig.body.data, "grant_type=urn%3Aietf%3Aparams"
			"%3Aoauth%3Agrant-type%3Ajwt-bearer&");
		assert_int_equal(rig.headers.len, 0);
		read_jwt(form_value(&rig, "&assertion="), key, false, &t);
		assert_text(t.header, "alg", "RS256");
		assert_text(t.header, "kid", i == 0 ? NULL : "kid-7");
		assert_text(t.claims, "iss", "lapse@p.iam.example");
		assert_text(t.claims, "sub", "admin@acme.com");
		assert_text(t.claims, "scope", config.scope);
		assert_text(t.claims, "aud", config.token_url);
		assert_int_equal(number(t.claims, "iat"), NOW - 20);
		assert_in_range(number(t.claims, "exp"), NOW, NOW + 3580);
		assert_int_equal(strlen(json_text(json_root(t.claims), "jti",
			JSON_MUST)), 22);
		jwt_clear(&t);
		rig_close(&rig);
	}
}

/* A next key file brings its own names. */
static void turns_to_the_next_key_file(void **state)
{
	struct auth_config config = {
		.scheme = AUTH_JWT_BEARER,
		.subject = "admin@acme.com",
		.scope = "https://g.example/a",
		.token_url = "https://oauth2.example/token",
		.secret = "env:FILE",
		.next_secret = "env:NEXT_FILE",
	};
	struct lapse_err err;
	struct rig rig;
	struct jwt t;

	(void)state;
	rig_open(&rig, &config);
	ask(&rig);
	assert_int_equal(answer(&rig, 400, "{\"error\":\"invalid_grant\"}",
		"", &err), 1);
	ask(&rig);
	read_jwt(form_value(&rig, "&assertion="), key, false, &t);
	assert_text(t.header, "kid", NULL);
	assert_text(t.claims, "iss", "a-service-account-with-a-much-longer-"
		"name@another-project.iam.example");
	jwt_clear(&t);
	assert_int_equal(answer(&rig, 400, "{\"error\":\"invalid_grant\"}",
		"", &err), LAPSE_EAUTH);
	rig_close(&rig);
}

static void sends_client_secrets(void **state)
{
	struct auth_config config = {
		.scheme = AUTH_CLIENT_SECRET,
		.client_id = "app",
		.scope = "https://graph.example/.default",
		.token_url = "https://login.example/token",
		.secret = "env:SECRET",
	};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, &config);
	ask(&rig);
	assert_string_equal(rig.body.data, "grant_type=client_credentials"
		"&scope=https%3A%2F%2Fgraph.example%2F.default&client_id=app"
		"&client_secret=CANARY%20secret%26%2B");
	assert_int_equal(answer(&rig, 200, "{\"access_token\":\"CANARY-t\","
		"\"token_type\":\"Bearer\",\"expires_in\":3599,"
		"\"scope\":\"Group.Read\"}", "", &err),
		0);
	assert_false(auth_wants_token(rig.a, NOW + 3538));
	assert_true(auth_wants_token(rig.a, NOW + 3539));
	rig_close(&rig);
}

static void never_repeats_an_id(void **state)
{
	struct jwt first;
	struct jwt second;
	struct rig rig;

	(void)state;
	rig_open(&rig, &okta);
	ask(&rig);
	read_jwt(form_value(&rig, "&client_assertion="), key, false, &first);
	ask(&rig);
	read_jwt(form_value(&rig, "&client_assertion="), key, false, &second);
	assert_string_not_equal(
		json_text(json_root(first.claims), "jti", JSON_MUST),
		json_text(json_root(second.claims), "jti", JSON_MUST));
	jwt_clear(&first);
	jwt_clear(&second);
	rig_close(&rig);
}

static void read_proof(const struct buf *headers, struct jwt *ret)
{
	const char *p = strstr(buf_text(headers), "DPoP: ");
	EVP_PKEY *own;
	struct jwt t;

	assert_non_null(p);
	read_jwt(p + 6, key, false, ret);
	own = key_of(ret->header);
	read_jwt(p + 6, own, false, &t);
	assert_int_equal(EVP_PKEY_eq(own, key), 1);
	jwt_clear(&t);
	EVP_PKEY_free(own);
	assert_text(ret->header, "typ", "dpop+jwt");
	assert_text(ret->header, "alg", "RS256");
	assert_int_equal(number(ret->claims, "iat"), NOW);
}

static void proves_possession(void **state)
{
	static const char ask_again[] = "{\"error\":\"use_dpop_nonce\"}";
	struct lapse_err err = {0};
	struct rig rig;
	struct jwt t;

	(void)state;
	rig_open(&rig, &okta);
	ask(&rig);
	read_proof(&rig.headers, &t);
	assert_text(t.claims, "htm", "POST");
	assert_text(t.claims, "htu", TOKEN_URL);
	assert_text(t.claims, "nonce", NULL);
	assert_text(t.claims, "ath", NULL);
	jwt_clear(&t);

	assert_int_equal(answer(&rig, 400, ask_again, "nonce-1", &err), 1);
	ask(&rig);
	read_proof(&rig.headers, &t);
	assert_text(t.claims, "nonce", "nonce-1");
	jwt_clear(&t);
	/* the same nonce again would go round for ever */
	assert_int_equal(answer(&rig, 400, ask_again, "nonce-1", &err),
		LAPSE_EAUTH);
	assert_int_equal(answer(&rig, 200, "{\"access_token\":\"CANARY-t\","
		"\"token_type\":\"DPoP\",\"expires_in\":3600,\"scope\":"
		"\"okta.groups.read okta.users.read\"}", "nonce-2", &err), 0);

	buf_reset(&rig.headers);
	assert_ok(auth_apply(rig.a, NOW, "DELETE",
		"https://acme.okta.com/api/v1/groups/g/users/u?x=1",
		&rig.headers, &err));
	assert_has(rig.headers.data, "Authorization: DPoP CANARY-t\n");
	read_proof(&rig.headers, &t);
	assert_text(t.claims, "htm", "DELETE");
	assert_text(t.claims, "htu",
		"https://acme.okta.com/api/v1/groups/g/users/u");
	assert_text(t.claims, "nonce", NULL);
	/* base64url of the SHA-256 of "CANARY-t", by openssl dgst */
	assert_text(t.claims, "ath",
		"tHKwZbjzb6SCOEDbzMAE15-mbppFFVXeKj-Y4QP-dCw");
	jwt_clear(&t);
	rig_close(&rig);
}

static void obeys_the_token_type(void **state)
{
	struct lapse_err err = {0};
	struct rig rig;

	(void)state;
	rig_open(&rig, &okta);
	ask(&rig);
	assert_int_equal(answer(&rig, 200, "{\"access_token\":\"CANARY-t\","
		"\"token_type\":\"bearer\"}", "", &err), 0);
	buf_reset(&rig.headers);
	assert_ok(auth_apply(rig.a, NOW, "GET", "https://x/", &rig.headers,
		&err));
	assert_string_equal(rig.headers.data,
		"Authorization: Bearer CANARY-t\n");
	rig_close(&rig);
}

static void refuses_odd_tokens(void **state)
{
	static const struct {
		const char *body;
		int code;
		const char *words;
	} cases[] = {
		{"{\"access_token\":\"t\",\"token_type\":\"Bearer\","
		 "\"scope\":\"okta.users.read\"}",
			LAPSE_EAUTH, "okta.groups.read"},
		{"{\"access_token\":\"t\",\"token_type\":\"Bearer\","
		 "\"scope\":\"\"}", LAPSE_EAUTH,
			"'okta.users.read okta.groups.read'"},
		{"{\"access_token\":\"t\",\"token_type\":\"mac\"}",
			LAPSE_EPROTO, "Bearer"},
		{"{\"access_token\":\"\",\"token_type\":\"Bearer\"}",
			LAPSE_EPROTO, "plain text"},
		{"{\"access_token\":\"a\\r\\nHost: b\","
		 "\"token_type\":\"Bearer\"}", LAPSE_EPROTO, "plain text"},
		{"{\"token_type\":\"Bearer\"}", LAPSE_EPROTO, "access_token"},
		{"{\"access_token\":7,\"token_type\":\"Bearer\"}",
			LAPSE_EPROTO, "access_token"},
		{"[]", LAPSE_EPROTO, "token"},
		{"{", LAPSE_EPROTO, "token"},
		{"", LAPSE_EPROTO, "token"},
	};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, &okta);
	ask(&rig);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(answer(&rig, 200, cases[i].body, "", &err),
			cases[i].code);
		assert_has(err.text, cases[i].words);
		assert_true(auth_wants_token(rig.a, NOW));
	}
	rig_close(&rig);
}

static void names_the_error(void **state)
{
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, &okta);
	assert_int_equal(answer(&rig, 400, "{\"error\":\"invalid_scope\","
		"\"error_description\":\"CANARY\"}", "", &err), LAPSE_EAUTH);
	assert_has(err.text, "invalid_scope");
	assert_has_not(err.text, "CANARY");
	assert_int_equal(answer(&rig, 403, "{\"errorCode\":\"E0000006\"}", "",
		&err), LAPSE_EAUTH);
	assert_has(err.text, "E0000006");
	assert_int_equal(answer(&rig, 401, "{\"error\":\"invalid_client\","
		"\"error_codes\":[7000222]}", "", &err), LAPSE_EAUTH);
	assert_has(err.text, "(401, invalid_client, AADSTS7000222)");
	assert_int_equal(answer(&rig, 401, "<html>", "", &err), LAPSE_EAUTH);
	rig_close(&rig);
}

static void tells_scopes_from_credentials(void **state)
{
	static const struct {
		int status;
		const char *body;
		bool scopes;
	} rows[] = {
		{400, "{\"error\":\"invalid_scope\"}", true},
		{401, "{\"error\":\"invalid_client\"}", false},
		{401, "{\"error\":\"unauthorized_client\"}", true},
		{400, "{\"error\":\"invalid_grant\"}", false},
		{200, "{\"access_token\":\"t\",\"token_type\":\"Bearer\","
			"\"scope\":\"okta.users.read\"}", true},
		{403, "", false},
		{200, "{\"access_token\":\"t\",\"token_type\":\"Bearer\"}",
			false},
	};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, &okta);
	ask(&rig);
	assert_false(auth_blames_scopes(rig.a));
	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)answer(&rig, rows[i].status, rows[i].body, "", &err);
		assert_int_equal(auth_blames_scopes(rig.a), rows[i].scopes);
	}
	rig_close(&rig);
}

/* ---- What a token may do, by its own account ---- */

#define GIVEN "\"access_token\":\"CANARY-t\",\"token_type\":\"Bearer\""

static void the_answer_says_the_scopes(void **state)
{
	struct auth_config header = {.scheme = AUTH_HEADER, .prefix = "SSWS",
		.secret = "env:SECRET"};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, &okta);
	assert_true(auth_uses_tokens(rig.a));
	assert_null(auth_granted(rig.a));
	ask(&rig);
	assert_ok(answer(&rig, 200, "{" GIVEN ",\"scope\":\"okta.groups.read "
		"okta.users.read okta.logs.read\"}", "", &err));
	assert_string_equal(auth_granted(rig.a),
		"okta.groups.read okta.users.read okta.logs.read");
	/* without a word it is what was asked for */
	assert_ok(answer(&rig, 200, "{" GIVEN "}", "", &err));
	assert_string_equal(auth_granted(rig.a), okta.scope);
	rig_close(&rig);
	rig_open(&rig, &header);
	assert_false(auth_uses_tokens(rig.a));
	assert_null(auth_granted(rig.a));
	rig_close(&rig);
}

/* The token is a JWT with these claims. */
static const char *granted_by(struct rig *rig, const char *claims)
{
	AUTO_BUF body = {0};
	struct lapse_err err;

	buf_str(&body, "{\"token_type\":\"Bearer\",\"access_token\":\"e30.");
	base64url(&body, claims, strlen(claims));
	buf_str(&body, ".c2ln\",\"scope\":\"not.this\"}");
	assert_ok(answer(rig, 200, buf_text(&body), "", &err));
	return auth_granted(rig->a);
}

static void the_token_says_its_roles(void **state)
{
	struct auth_config config = {
		.scheme = AUTH_CLIENT_SECRET,
		.client_id = "app",
		.scope = "https://graph.example/.default",
		.token_url = "https://login.example/token",
		.secret = "env:SECRET",
		.rights_claim = "roles",
	};
	static const char *const odd[] = {"", "[]", "{", "7",
		"{\"roles\":\"User.Read.All\"}", "{\"roles\":{}}", "\xff"};
	static const char *const opaque[] = {"ya29", "a.b", "a.!.c", "a..c",
		".", "..", "a.e30=.c"};
	struct rig rig;

	(void)state;
	rig_open(&rig, &config);
	ask(&rig);
	assert_string_equal(granted_by(&rig, "{\"roles\":[\"User.Read.All\","
		"\"GroupMember.ReadWrite.All\"]}"),
		"User.Read.All GroupMember.ReadWrite.All");
	assert_string_equal(granted_by(&rig, "{\"roles\":[]}"), "");
	assert_string_equal(granted_by(&rig, "{\"aud\":\"x\"}"), "");
	assert_string_equal(granted_by(&rig, "{\"roles\":[7,\"a b\",\"C\","
		"null,\"\\u001b[31m\"]}"), "C");
	for (size_t i = 0; i < COUNT(odd); i++)
		if (granted_by(&rig, odd[i]) != NULL)
			fail_msg("'%s' says something", odd[i]);
	for (size_t i = 0; i < COUNT(opaque); i++) {
		AUTO_BUF body = {0};
		struct lapse_err err;

		buf_fmt(&body, "{\"token_type\":\"Bearer\","
			"\"access_token\":\"%s\"}", opaque[i]);
		assert_ok(answer(&rig, 200, buf_text(&body), "", &err));
		assert_null(auth_granted(rig.a));
	}
	rig_close(&rig);
}

static void tries_the_next_secret(void **state)
{
	struct auth_config config = {
		.scheme = AUTH_CLIENT_SECRET,
		.client_id = "app",
		.token_url = "https://login.example/token",
		.secret = "env:SECRET",
		.next_secret = "env:NEXT",
	};
	static const char body[] = "{\"error\":\"invalid_client\"}";
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, &config);
	ask(&rig);
	assert_int_equal(answer(&rig, 401, body, "", &err), 1);
	ask(&rig);
	assert_has(rig.body.data, "client_secret=CANARY-next");
	assert_int_equal(answer(&rig, 401, body, "", &err), LAPSE_EAUTH);
	rig_close(&rig);
	config.next_secret = "env:ABSENT";
	rig_open(&rig, &config);
	assert_int_equal(answer(&rig, 401, body, "", &err), LAPSE_EAUTH);
	rig_close(&rig);
}

static void refuses_bad_credentials(void **state)
{
	static const struct {
		const char *words;
		struct auth_config config;
	} cases[] = {
		{"password", {.secret = "env:LOCKED"}},
		{"2048", {.secret = "env:SMALL"}},
		{"PEM", {.secret = "env:SECRET"}},
		{"client id", {.secret = "env:PEM"}},
		{"RS256", {.secret = "env:PEM", .client_id = "a",
			.token_url = TOKEN_URL, .algorithm = "none"}},
		{"token url", {.secret = "env:PEM", .client_id = "a"}},
		{"secret", {.client_id = "a", .token_url = TOKEN_URL}},
	};
	struct auth_config lines = {.scheme = AUTH_HEADER,
		.secret = "env:TWO_LINES"};
	struct auth_config proof = {.scheme = AUTH_CLIENT_SECRET,
		.client_id = "a", .token_url = TOKEN_URL,
		.secret = "env:SECRET", .dpop = true};
	struct auth_config bare = {.scheme = AUTH_JWT_BEARER,
		.token_url = TOKEN_URL, .secret = "env:PEM"};
	struct auth *a = NULL;
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct auth_config config = cases[i].config;

		config.scheme = AUTH_CLIENT_ASSERTION;
		assert_err(auth_open(&a, &config, &env, &err), LAPSE_ECONFIG);
		assert_has(err.text, cases[i].words);
		assert_has_not(err.text, "PRIVATE");
		assert_null(a);
	}
	assert_err(auth_open(&a, &bare, &env, &err), LAPSE_ECONFIG);
	assert_has(err.text, "a bare key");
	assert_err(auth_open(&a, &lines, &env, &err), LAPSE_ECONFIG);
	assert_err(auth_open(&a, &proof, &env, &err), LAPSE_ECONFIG);
}

/* ---- The whole dance ---- */

static bool has_claim(const char *request, const char *name,
	const char *value)
{
	const char *p = strstr(request, "\r\nDPoP: ");
	const char *text;
	bool same;
	struct jwt t;

	if (p == NULL)
		return false;
	read_jwt(p + 8, key, false, &t);
	text = json_text(json_root(t.claims), name, JSON_MAY);
	same = text != NULL && strcmp(text, value) == 0;
	jwt_clear(&t);
	return same;
}

/* Both endpoints ask for a nonce, each for its own. */
static bool insist(struct server *s, int fd, int n, const char *request)
{
	(void)s;
	(void)n;
	if (strncmp(request, "POST /token ", 12) != 0) {
		if (has_claim(request, "nonce", "of-service"))
			return server_json(fd, 200, "{}");
		return server_reply(fd, 401, "DPoP-Nonce: of-service\r\n"
			"WWW-Authenticate: DPoP error=\"use_dpop_nonce\"\r\n",
			"");
	}
	if (has_claim(request, "nonce", "of-token"))
		return server_json(fd, 200,
			"{\"access_token\":\"CANARY-t\",\"token_type\":"
			"\"DPoP\",\"expires_in\":3600}");
	return server_reply(fd, 400, "DPoP-Nonce: of-token\r\n"
		"Content-Type: application/json\r\n",
		"{\"error\":\"use_dpop_nonce\"}");
}

static int step_get(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	(void)op;
	if (last != NULL)
		return OP_DONE;
	return op_send(ret, err, HTTP_GET, "/users?limit=1", NULL);
}

static void dances(void **state)
{
	struct auth_config config = okta;
	struct op op = {.step = step_get, .name = "get"};
	struct remote r = {.name = "okta"};
	struct lapse_err err = {0};
	struct engine *e = NULL;
	struct server server;
	char url[128];

	(void)state;
	server_start(&server, insist, NULL);
	snprintf(url, sizeof(url), "%s/token", server.base);
	config.token_url = url;
	r.base = server.base;
	assert_ok(auth_open(&r.auth, &config, &env, &err));
	assert_ok(engine_open(&e, &(struct engine_config){.env = &env}, &err));
	assert_ok(engine_remote_open(e, &r, &err));
	assert_ok(engine_call(e, &r, &op, &err));
	/* token, token with its nonce, request, request with its nonce */
	assert_int_equal(server_count(&server), 4);
	assert_has(server.seen[3], "\r\nAuthorization: DPoP CANARY-t\r\n");
	assert_ok(engine_call(e, &r, &op, &err));
	assert_int_equal(server_count(&server), 5);
	engine_free(e);
	auth_free(r.auth);
	server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applies_static_credentials),
		cmocka_unit_test(signs_client_assertions),
		cmocka_unit_test(names_the_certificate),
		cmocka_unit_test(signs_bearer_grants),
		cmocka_unit_test(turns_to_the_next_key_file),
		cmocka_unit_test(sends_client_secrets),
		cmocka_unit_test(never_repeats_an_id),
		cmocka_unit_test(proves_possession),
		cmocka_unit_test(obeys_the_token_type),
		cmocka_unit_test(refuses_odd_tokens),
		cmocka_unit_test(names_the_error),
		cmocka_unit_test(tells_scopes_from_credentials),
		cmocka_unit_test(the_answer_says_the_scopes),
		cmocka_unit_test(the_token_says_its_roles),
		cmocka_unit_test(tries_the_next_secret),
		cmocka_unit_test(refuses_bad_credentials),
		cmocka_unit_test(dances),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
