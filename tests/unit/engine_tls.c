/* The engine against TLS servers that it must not talk to: nothing of the
 * request may reach them. The servers are `openssl s_server`; without that
 * program the tests are skipped. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "engine.h"

#define REPLY                                                                  \
	"HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\n"           \
	"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

static char dir[] = "/tmp/lapse-tls-XXXXXX";
static EVP_PKEY *key;

/* ---- Certificates ---- */

static void write_key(void)
{
	FILE *f = fopen("key.pem", "w");

	key = EVP_RSA_gen(2048);
	assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL,
				 NULL),
		1);
	fclose(f);
}

/* A certificate, valid until now + end_s. issuer NULL: it is its own
 * authority; else one of that name, with the same key. */
static void write_certificate(const char *file, const char *names,
	const char *issuer, long end_s)
{
	X509 *x = X509_new();
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL,
		NID_subject_alt_name, names);
	FILE *f = fopen(file, "w");

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -86400);
	X509_gmtime_adj(X509_getm_notAfter(x), end_s);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
		MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	if (issuer != NULL)
		X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "O",
			MBSTRING_ASC, (const unsigned char *)issuer, -1, -1,
			0);
	X509_set_pubkey(x, key);
	X509_add_ext(x, ext, -1);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509(f, x), 1);
	fclose(f);
	X509_EXTENSION_free(ext);
	X509_free(x);
}

static int make_files(void **state)
{
	FILE *f;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	write_key();
	write_certificate("good.pem", "IP:127.0.0.1", NULL, 86400);
	write_certificate("other.pem", "DNS:other.example", NULL, 86400);
	write_certificate("expired.pem", "IP:127.0.0.1", NULL, -3600);
	write_certificate("made.pem", "IP:127.0.0.1", "Authority", 86400);
	f = fopen("reply", "w");
	fputs(REPLY, f);
	fclose(f);
	return 0;
}

static int drop_files(void **state)
{
	static const char *const names[] = {"key.pem", "good.pem", "other.pem",
		"expired.pem", "made.pem", "reply"};

	(void)state;
	EVP_PKEY_free(key);
	for (size_t i = 0; i < COUNT(names); i++)
		(void)unlink(names[i]);
	(void)!chdir("/");
	return rmdir(dir);
}

/* ---- The server ---- */

struct server {
	pid_t pid;
	FILE *out;
	int in;			/* kept open: at its end s_server ends too */
	char base[64];
};

/* Serves files by option "-HTTP"; else prints what it is sent. False: there
 * is no such program, or it does not know the option. */
static bool server_start(struct server *s, const char *certificate,
	const char *option)
{
	char line[256];
	int out[2];
	int in[2];
	int port;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	s->pid = fork();
	if (s->pid == 0) {
		/* a test that fails does not stop it */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(open("/dev/null", O_RDWR), 2);
		execlp("openssl", "openssl", "s_server", "-accept",
			"127.0.0.1:0", "-key", "key.pem", "-cert", certificate,
			option, "-cipher", "ALL:@SECLEVEL=0", NULL);
		_exit(127);
	}
	close(out[1]);
	close(in[0]);
	s->in = in[1];
	s->out = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), s->out) != NULL) {
		if (sscanf(line, "ACCEPT 127.0.0.1:%d", &port) == 1) {
			snprintf(s->base, sizeof(s->base),
				"https://127.0.0.1:%d", port);
			return true;
		}
	}
	fclose(s->out);
	close(s->in);
	waitpid(s->pid, NULL, 0);
	return false;
}

/* How many lines of a request it has printed. */
static int server_stop(struct server *s)
{
	char line[256];
	int n = 0;

	kill(s->pid, SIGTERM);
	while (fgets(line, sizeof(line), s->out) != NULL)
		n += strstr(line, " /reply HTTP/") != NULL ||
			strstr(line, "User-Agent: ") != NULL;
	fclose(s->out);
	close(s->in);
	waitpid(s->pid, NULL, 0);
	return n;
}

/* ---- The client ---- */

static int64_t slept;
static int64_t timeout_s = 20;

static int64_t fake_now(void *arg)
{
	(void)arg;
	return 1795428000;
}

static int64_t fake_ticks(void *arg)
{
	(void)arg;
	return slept;
}

static void fake_sleep(void *arg, int64_t ms)
{
	(void)arg;
	slept += ms;
}

static const struct lapse_env env = {
	.now = fake_now,
	.ticks_ms = fake_ticks,
	.sleep_ms = fake_sleep,
};

static int step_add(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	(void)op;
	if (last != NULL)
		return OP_DONE;
	return op_send(ret, err, op->public ? HTTP_GET : HTTP_PUT, "/reply",
		NULL);
}

static int call(const char *base, const char *ca_file, bool read,
	struct lapse_err *ret)
{
	struct remote r = {.name = "okta", .base = base, .ca_file = ca_file};
	struct op op = {.step = step_add, .name = "add", .public = read};
	struct lapse_err err = {0};
	struct engine *e = NULL;
	int rc;

	slept = 0;
	assert_ok(engine_open(&e, &(struct engine_config){.env = &env,
		.timeout_s = timeout_s}, &err));
	assert_ok(engine_remote_open(e, &r, &err));
	rc = engine_call(e, &r, &op, ret);
	if (rc == 0)
		assert_int_equal(engine_server_now(e, NULL), 1795428000);
	engine_free(e);
	return rc;
}

/* ---- Tests ---- */

static void talks_to_the_right_server(void **state)
{
	struct lapse_err err = {0};
	struct server s;

	(void)state;
	if (!server_start(&s, "good.pem", "-HTTP"))
		skip();
	assert_ok(call(s.base, "good.pem", true, &err));
	server_stop(&s);
	/* and what the next test looks for would be seen */
	if (!server_start(&s, "good.pem", "-no_ssl3"))
		skip();
	timeout_s = 1;
	assert_int_equal(call(s.base, "good.pem", false, &err),
		LAPSE_EUNKNOWN);
	timeout_s = 20;
	assert_int_equal(server_stop(&s), 2);
}

static void tells_wrong_servers_nothing(void **state)
{
	static const struct {
		const char *certificate;
		const char *ca_file;
		const char *protocol;
		const char *words;
		const char *advice;
	} cases[] = {
		/* its own authority, unknown here */
		{"good.pem", NULL, "-no_ssl3", "self-signed certificate",
			"ca-file"},
		/* made by one authority, another is trusted */
		{"made.pem", "other.pem", "-no_ssl3", "local issuer",
			"ca-file"},
		/* for another host */
		{"other.pem", "other.pem", "-no_ssl3", "subject name", "url"},
		{"expired.pem", "expired.pem", "-no_ssl3", "has expired",
			"ca-file"},
		{"good.pem", "missing.pem", "-no_ssl3", "missing.pem",
			"ca-file"},
		{"good.pem", "good.pem", "-tls1_1", "protocol",
			"TLS 1.2 or newer"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lapse_err err = {0};
		struct server s;

		if (!server_start(&s, cases[i].certificate, cases[i].protocol))
			skip();
		assert_int_equal(call(s.base, cases[i].ca_file, false,
					 &err),
			LAPSE_EUNAVAIL);
		assert_has(err.text, cases[i].words);
		assert_has(err.text, "nothing was sent");
		assert_has(err.text, cases[i].advice);
		if (strstr(err.text, "certificate problem") != NULL)
			assert_int_equal(slept, 0);
		assert_int_equal(server_stop(&s), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(talks_to_the_right_server),
		cmocka_unit_test(tells_wrong_servers_nothing),
	};

	return cmocka_run_group_tests(tests, make_files, drop_files);
}
