/* A proxy on loopback that stands before a service and spoils its replies.
 * Not a test.
 *   proxy UPSTREAM-PORT READY-FILE
 * The ready file gets PROXY, its address, and ELSEWHERE, a second one that
 * nobody has business with. POST PROXY/proxy-plan sets one fault, as
 *   KIND ARG TIMES METHOD PATH
 * (TIMES -1: for ever; METHOD and PATH: "*" is any, a part of the path will
 * do) and GET PROXY/proxy-plan says how many replies it spoilt and how many
 * connections came to ELSEWHERE.
 *   none       replies go through
 *   reset N    after N bytes the connection is reset
 *   cut N      after N bytes it is closed
 *   pad N      N MiB of blanks before the body
 *   drip       a byte a second
 *   garbage    noise instead of the body
 *   body FILE  a gzip file instead of the body, and named so
 *   next       a next link to ELSEWHERE
 *   redirect N to ELSEWHERE, with that status; the service sees nothing
 * Whatever a request did to the service was done before its reply is spoilt. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MESSAGE_MAX = 8 << 20,
	MIB = 1 << 20,
};

struct plan {
	char kind[16];
	char arg[512];
	int times;
	char method[16];
	char path[256];
};

struct message {
	char *data;
	size_t len;
	size_t body;		/* where it begins; 0: no end of the head yet */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct plan plan = {.kind = "none"};
static int spoilt;
static int strangers;
static int upstream_port;
static char elsewhere[64];

static int listen_any(int *ret_port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
		listen(fd, 64) != 0 ||
		getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
		perror("proxy");
		exit(1);
	}
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static int connect_up(void)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)upstream_port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool put(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool put_text(int fd, const char *text)
{
	return put(fd, text, strlen(text));
}

static size_t body_length(const struct message *m)
{
	const char *at = strcasestr(m->data, "\nContent-Length:");

	if (at == NULL || at > m->data + m->body)
		return 0;
	return strtoul(at + strlen("\nContent-Length:"), NULL, 10);
}

/* A head, and the body that its Content-Length names. */
static bool get(int fd, struct message *m)
{
	m->data = malloc(MESSAGE_MAX + 1);
	m->len = 0;
	m->body = 0;
	while (m->data != NULL && m->len < MESSAGE_MAX) {
		ssize_t n = recv(fd, m->data + m->len, MESSAGE_MAX - m->len, 0);
		const char *end;

		if (n <= 0)
			return m->body > 0 && m->len >= m->body;
		m->len += (size_t)n;
		m->data[m->len] = '\0';
		end = strstr(m->data, "\r\n\r\n");
		if (m->body == 0 && end != NULL)
			m->body = (size_t)(end - m->data) + 4;
		if (m->body > 0 && m->len >= m->body + body_length(m))
			return true;
	}
	return false;
}

/* The head without those of its lines that begin with one of the names. */
static void put_head(int fd, const struct message *m, const char *const *drop,
	const char *add)
{
	const char *at = m->data;
	const char *end = m->data + m->body - 2;

	while (at < end) {
		const char *next = strstr(at, "\r\n") + 2;
		bool keep = true;

		for (size_t i = 0; drop[i] != NULL; i++)
			if (strncasecmp(at, drop[i], strlen(drop[i])) == 0)
				keep = false;
		if (keep)
			put(fd, at, (size_t)(next - at));
		at = next;
	}
	put_text(fd, add);
	put_text(fd, "Connection: close\r\n\r\n");
}

/* ---- Spoiling ---- */

static void reset(int fd)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void send_part(int fd, const struct message *m, size_t n)
{
	put(fd, m->data, n < m->len ? n : m->len);
	/* So that what was sent arrives before a reset. */
	usleep(20000);
}

static void send_padded(int fd, const struct message *m, size_t mib)
{
	static const char *const drop[] = {
		"Content-Length:", "Connection:", NULL};
	char *blanks = malloc(MIB);
	char add[64];

	if (blanks == NULL)
		return;
	memset(blanks, ' ', MIB);
	snprintf(add, sizeof(add), "Content-Length: %zu\r\n",
		mib * MIB + m->len - m->body);
	put_head(fd, m, drop, add);
	while (mib-- > 0 && put(fd, blanks, MIB))
		;
	put(fd, m->data + m->body, m->len - m->body);
	free(blanks);
}

static void send_slowly(int fd, const struct message *m)
{
	for (size_t i = 0; i < m->len && put(fd, m->data + i, 1); i++)
		sleep(1);
}

static void send_noise(int fd, struct message *m)
{
	uint32_t x = 1;

	for (size_t i = m->body; i < m->len; i++) {
		x = x * 1664525u + 1013904223u;
		m->data[i] = (char)(x >> 24);
	}
	put(fd, m->data, m->len);
}

static void send_file(int fd, const struct message *m, const char *path)
{
	static const char *const drop[] = {
		"Content-Length:", "Connection:", NULL};
	char *data = malloc(MESSAGE_MAX);
	FILE *in = fopen(path, "re");
	char add[96];
	size_t n;

	if (data == NULL || in == NULL) {
		perror(path);
		exit(1);
	}
	n = fread(data, 1, MESSAGE_MAX, in);
	fclose(in);
	snprintf(add, sizeof(add), "Content-Encoding: gzip\r\n"
		"Content-Length: %zu\r\n", n);
	put_head(fd, m, drop, add);
	put(fd, data, n);
	free(data);
}

static void send_next(int fd, const struct message *m, const char *path)
{
	static const char *const drop[] = {"Connection:", "Link:", NULL};
	char add[1024];

	snprintf(add, sizeof(add), "Link: <%s%s>; rel=\"next\"\r\n", elsewhere,
		path);
	put_head(fd, m, drop, add);
	put(fd, m->data + m->body, m->len - m->body);
}

static void send_redirect(int fd, const char *status, const char *path)
{
	char text[2048];

	snprintf(text, sizeof(text), "HTTP/1.1 %s Elsewhere\r\n"
		"Location: %s%s\r\nContent-Length: 0\r\n"
		"Connection: close\r\n\r\n", status, elsewhere, path);
	put_text(fd, text);
}

static void spoil(int fd, struct message *reply, const struct plan *p,
	const char *path)
{
	if (strcmp(p->kind, "reset") == 0) {
		send_part(fd, reply, strtoul(p->arg, NULL, 10));
		reset(fd);
	} else if (strcmp(p->kind, "cut") == 0) {
		send_part(fd, reply, strtoul(p->arg, NULL, 10));
	} else if (strcmp(p->kind, "pad") == 0) {
		send_padded(fd, reply, strtoul(p->arg, NULL, 10));
	} else if (strcmp(p->kind, "drip") == 0) {
		send_slowly(fd, reply);
	} else if (strcmp(p->kind, "garbage") == 0) {
		send_noise(fd, reply);
	} else if (strcmp(p->kind, "body") == 0) {
		send_file(fd, reply, p->arg);
	} else if (strcmp(p->kind, "next") == 0) {
		send_next(fd, reply, path);
	} else {
		put(fd, reply->data, reply->len);
	}
}

/* ---- Exchanges ---- */

static bool picked(const char *method, const char *path, struct plan *ret)
{
	bool yes;

	pthread_mutex_lock(&lock);
	yes = strcmp(plan.kind, "none") != 0 && plan.times != 0 &&
		(plan.method[0] == '*' || strcmp(plan.method, method) == 0) &&
		(plan.path[0] == '*' || strstr(path, plan.path) != NULL);
	if (yes && plan.times > 0)
		plan.times--;
	spoilt += yes;
	*ret = plan;
	pthread_mutex_unlock(&lock);
	return yes;
}

static void pass(int fd, const struct message *request, const char *method,
	const char *path)
{
	static const char *const drop[] = {"Connection:", NULL};
	struct message reply = {0};
	struct plan p;
	bool yes = picked(method, path, &p);
	int up;

	if (yes && strcmp(p.kind, "redirect") == 0) {
		send_redirect(fd, p.arg, path);
		return;
	}
	up = connect_up();
	if (up < 0)
		return;
	put_head(up, request, drop, "");
	put(up, request->data + request->body, request->len - request->body);
	if (get(up, &reply) && yes)
		spoil(fd, &reply, &p, path);
	else if (reply.body > 0)
		put(fd, reply.data, reply.len);
	close(up);
	free(reply.data);
}

static void control(int fd, const struct message *request, const char *method)
{
	struct plan p = {.times = -1};
	char text[160];
	char body[64];

	pthread_mutex_lock(&lock);
	if (strcmp(method, "POST") == 0 &&
		sscanf(request->data + request->body, "%15s %511s %d %15s %255s",
			p.kind, p.arg, &p.times, p.method, p.path) >= 1) {
		plan = p;
		spoilt = 0;
	}
	snprintf(body, sizeof(body), "spoilt=%d strangers=%d\n", spoilt,
		strangers);
	pthread_mutex_unlock(&lock);
	snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu"
		"\r\nConnection: close\r\n\r\n%s", strlen(body), body);
	put_text(fd, text);
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct message request = {0};
	char method[16];
	char path[512];

	if (get(fd, &request) &&
		sscanf(request.data, "%15s %511s", method, path) == 2) {
		if (strcmp(path, "/proxy-plan") == 0)
			control(fd, &request, method);
		else
			pass(fd, &request, method, path);
	}
	free(request.data);
	close(fd);
	return NULL;
}

static void *count_strangers(void *arg)
{
	int listener = (int)(intptr_t)arg;

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		pthread_mutex_lock(&lock);
		strangers++;
		pthread_mutex_unlock(&lock);
		close(fd);
	}
	return NULL;
}

static void in_thread(void *(*run)(void *), int fd)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, (void *)(intptr_t)fd) != 0)
		exit(1);
	pthread_detach(thread);
}

static void tell(const char *path, int port)
{
	char temporary[512];
	FILE *out;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	out = fopen(temporary, "we");
	if (out == NULL || fprintf(out, "PROXY_PID=%d\n"
		"PROXY=http://127.0.0.1:%d\nELSEWHERE=%s\n", (int)getpid(),
		port, elsewhere) < 0 || fclose(out) != 0 ||
		rename(temporary, path) != 0) {
		perror(path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	int port = 0;
	int other = 0;
	int listener = listen_any(&port);

	if (argc != 3) {
		fprintf(stderr, "usage: proxy UPSTREAM-PORT READY-FILE\n");
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	upstream_port = atoi(argv[1]);
	in_thread(count_strangers, listen_any(&other));
	snprintf(elsewhere, sizeof(elsewhere), "http://127.0.0.1:%d", other);
	tell(argv[2], port);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			in_thread(serve, fd);
	}
}
