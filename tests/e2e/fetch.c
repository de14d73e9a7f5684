/* One exchange on loopback, for the people and questions of the end-to-end
 * tests: they are asked some ten times a test, and to start curl takes six
 * times as long. It knows what people.sh says to curl, prints and ends as that
 * does, and becomes curl wherever it is told anything else. Not a test.
 *   fetch [-sS] [--fail | --fail-with-body] [-X METHOD] [-u USER:PASSWORD]
 *         [-H HEADER]... [--data-binary BODY | -G --data-urlencode NAME=VALUE...]
 *         http://127.0.0.1:PORT/PATH */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* As curl ends. */
enum {
	NO_CONNECTION = 7,
	CUT_SHORT = 18,
	STATUS_OF_ERROR = 22,
	NOTHING_CAME = 52,
	NOT_SENT = 55,
};

static const char LOOPBACK[] = "http://127.0.0.1:";

struct text {
	char *data;
	size_t len;
};

struct asked {
	const char *method;
	const char *user;
	const char *body;
	const char *url;
	struct text headers;
	struct text query;
	bool in_query;
	bool fails;
	bool with_body;
};

static void add_bytes(struct text *to, const char *from, size_t len)
{
	to->data = realloc(to->data, to->len + len + 1);
	if (to->data == NULL)
		abort();
	memcpy(to->data + to->len, from, len);
	to->len += len;
	to->data[to->len] = '\0';
}

__attribute__((format(printf, 2, 3)))
static void add(struct text *to, const char *format, ...)
{
	va_list list;
	char *made = NULL;

	va_start(list, format);
	int len = vasprintf(&made, format, list);
	va_end(list);
	if (len < 0)
		abort();
	add_bytes(to, made, (size_t)len);
	free(made);
}

static void add_base64(struct text *to, const char *from)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";

	for (size_t left = strlen(from); left > 0;) {
		size_t n = left < 3 ? left : 3;
		unsigned bits = 0;

		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 | (i < n ? (unsigned char)from[i] : 0);
		for (size_t i = 0; i < 4; i++)
			add_bytes(to, i > n ? "="
				: &digits[bits >> (18 - 6 * i) & 63], 1);
		from += n;
		left -= n;
	}
}

static void add_encoded(struct text *to, const char *from)
{
	for (; *from != '\0'; from++)
		if (isalnum((unsigned char)*from) ||
			strchr("-._~", *from) != NULL)
			add_bytes(to, from, 1);
		else
			add(to, "%%%02X", (unsigned char)*from);
}

/* take_value OPTION VALUE: false where it is not for this program. */
static bool take_value(struct asked *a, const char *option, const char *value)
{
	const char *equals = strchr(value, '=');

	if (strcmp(option, "-X") == 0) {
		a->method = value;
	} else if (strcmp(option, "-u") == 0) {
		a->user = value;
	} else if (strcmp(option, "-H") == 0) {
		add(&a->headers, "%s\r\n", value);
	} else if (strcmp(option, "--data-binary") == 0 && value[0] != '@') {
		a->body = value;
	} else if (strcmp(option, "--data-urlencode") == 0 && equals != NULL &&
		equals > value && memchr(value, '@', (size_t)(equals - value))
			== NULL) {
		add(&a->query, "%s%.*s=", a->query.len > 0 ? "&" : "",
			(int)(equals - value), value);
		add_encoded(&a->query, equals + 1);
	} else {
		return false;
	}
	return true;
}

static bool take(struct asked *a, char **arg)
{
	for (; *arg != NULL; arg++) {
		if (strcmp(*arg, "-sS") == 0)
			continue;
		if (strcmp(*arg, "-G") == 0)
			a->in_query = true;
		else if (strcmp(*arg, "--fail") == 0)
			a->fails = true;
		else if (strcmp(*arg, "--fail-with-body") == 0)
			a->fails = a->with_body = true;
		else if (arg[0][0] != '-' && a->url == NULL)
			a->url = *arg;
		else if (arg[1] != NULL && take_value(a, arg[0], arg[1]))
			arg++;
		else
			return false;
	}
	return a->url != NULL && a->in_query == (a->query.len > 0) &&
		strncmp(a->url, LOOPBACK, strlen(LOOPBACK)) == 0 &&
		strpbrk(a->url, "{}[]#@ ") == NULL &&
		strchr(a->url + strlen(LOOPBACK), '/') != NULL;
}

static struct text request(const struct asked *a)
{
	const char *host = a->url + strlen("http://");
	const char *path = strchr(host, '/');
	struct text made = {0};

	add(&made, "%s %s", a->method != NULL ? a->method
		: a->body != NULL ? "POST" : "GET", path);
	if (a->in_query)
		add(&made, "%c%s", strchr(path, '?') != NULL ? '&' : '?',
			a->query.data);
	add(&made, " HTTP/1.1\r\nHost: %.*s\r\nConnection: close\r\n",
		(int)(path - host), host);
	if (a->user != NULL) {
		add(&made, "Authorization: Basic ");
		add_base64(&made, a->user);
		add(&made, "\r\n");
	}
	if (a->body != NULL && (a->headers.len == 0 || strcasestr(
		a->headers.data, "content-type:") == NULL))
		add(&made, "Content-Type: "
			"application/x-www-form-urlencoded\r\n");
	if (a->headers.len == 0 ||
		strcasestr(a->headers.data, "accept:") == NULL)
		add(&made, "Accept: */*\r\n");
	if (a->headers.len > 0)
		add_bytes(&made, a->headers.data, a->headers.len);
	if (a->body != NULL)
		add(&made, "Content-Length: %zu\r\n", strlen(a->body));
	add(&made, "\r\n%s", a->body != NULL ? a->body : "");
	return made;
}

static int fails(int code, const char *what)
{
	fprintf(stderr, "curl: (%d) %s\n", code, what);
	return code;
}

static bool send_all(int fd, const struct text *all)
{
	for (size_t sent = 0; sent < all->len;) {
		ssize_t n = send(fd, all->data + sent, all->len - sent,
			MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	return true;
}

static int connected(const char *url)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(url + strlen(LOOPBACK))),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return -1;
	return fd;
}

static struct text receive_all(int fd)
{
	static char some[1 << 16];
	struct text all = {0};

	for (ssize_t n; (n = recv(fd, some, sizeof(some), 0)) > 0;)
		add_bytes(&all, some, (size_t)n);
	return all;
}

/* How long the reply says it is; -1 where it says nothing. */
static long length_of(char *head)
{
	const char *length = strcasestr(head, "\r\ncontent-length:");

	return length == NULL ? -1 : atol(strchr(length, ':') + 1);
}

static int tell(const struct asked *a, const struct text *reply)
{
	char *end = reply->len > 0 ? strstr(reply->data, "\r\n\r\n") : NULL;
	int status;

	if (end == NULL || sscanf(reply->data, "HTTP/%*s %d", &status) != 1)
		return fails(NOTHING_CAME, "Empty reply from server");
	*end = '\0';
	const char *body = end + 4;
	size_t came = reply->len - (size_t)(body - reply->data);
	long length = length_of(reply->data);

	if (length < 0 && strcasestr(reply->data, "\r\ntransfer-encoding:"))
		return fails(1, "fetch does not know chunks");
	if (!a->fails || a->with_body || status < 400)
		fwrite(body, 1, came, stdout);
	if (a->fails && status >= 400) {
		fprintf(stderr, "curl: (%d) The requested URL returned error: "
			"%d\n", STATUS_OF_ERROR, status);
		return STATUS_OF_ERROR;
	}
	if (length >= 0 && came < (size_t)length)
		return fails(CUT_SHORT, "transfer closed early");
	return 0;
}

int main(int argc, char **argv)
{
	struct asked a = {0};

	(void)argc;
	if (!take(&a, argv + 1)) {
		argv[0] = (char[]){"curl"};
		execvp("curl", argv);
		perror("fetch: curl");
		return 127;
	}
	int fd = connected(a.url);

	if (fd < 0)
		return fails(NO_CONNECTION, "Failed to connect to server");
	struct text all = request(&a);

	if (!send_all(fd, &all))
		return fails(NOT_SENT, "Send failure");
	struct text reply = receive_all(fd);

	return tell(&a, &reply);
}
