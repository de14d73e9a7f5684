/* The bench's server: an Okta tenant and as much of Jira as an idle site has,
 * over HTTP/1.1 with keep-alive on loopback. One thread, one epoll; pages are
 * rendered when they are sent. A delay per reply holds up nothing else. It
 * keeps no state: a change is answered and forgotten, and a user's groups are
 * never those that the bench takes away. Not a sandbox: see examples/. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "tenant.h"

enum {
	REQUEST_MAX = 16 << 10,
	HEAD_MAX = 1024,
	LIMIT_MAX = 1000,
	GROUPS_PAGE = 200,
	OWN_GROUPS = 5,		/* groups of a user that nobody governs */
	EVENTS = 64,
};

/* A request whose reply waits for its time stands in the queue; the delay is
 * the same for all, so the first is the next. */
struct client {
	TAILQ_ENTRY(client) link;
	bool waiting;
	bool closing;
	int64_t due_ns;
	int fd;
	char in[REQUEST_MAX];
	size_t in_len;
	size_t request_len;	/* of in, once a whole request is there */
	char *out;		/* head and body */
	size_t out_cap;
	size_t out_len;
	size_t sent;
};
TAILQ_HEAD(clients, client);

struct server {
	struct tenant tenant;
	long page_max;		/* items that a page of users may have */
	int64_t delay_ns;
	FILE *log;		/* METHOD TARGET of each request; NULL: none */
	int epoll;
	int listener;
	int timer;
	struct clients waiting;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench server: %s: %s\n", what, strerror(errno));
	exit(71);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* ---- Replies ---- */

static void reserve(struct client *c, size_t more)
{
	if (c->out_len + more <= c->out_cap)
		return;
	c->out_cap = (c->out_len + more) * 2;
	c->out = realloc(c->out, c->out_cap);
	if (c->out == NULL)
		die("memory");
}

__attribute__((format(printf, 2, 3)))
static void add(struct client *c, const char *format, ...)
{
	va_list args;

	reserve(c, TENANT_ITEM_MAX);
	va_start(args, format);
	c->out_len += (size_t)vsnprintf(c->out + c->out_len, TENANT_ITEM_MAX,
		format, args);
	va_end(args);
}

static const char *date(void)
{
	static char text[40];
	static time_t of;
	time_t now = time(NULL);
	struct tm tm;

	if (now == of)
		return text;
	of = now;
	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return text;
}

/* The body stands behind room for the head; now its length is known. */
static void finish(struct client *c, const char *status, const char *links)
{
	char head[HEAD_MAX];
	size_t body = c->out_len - HEAD_MAX;
	int n = snprintf(head, sizeof(head),
		"HTTP/1.1 %s\r\nDate: %s\r\nContent-Type: application/json\r\n"
		"X-Okta-Request-Id: bench\r\n%sContent-Length: %zu\r\n\r\n",
		status, date(), links, body);

	if (strncmp(status, "204", 3) == 0)
		n = snprintf(head, sizeof(head),
			"HTTP/1.1 %s\r\nDate: %s\r\n"
			"X-Okta-Request-Id: bench\r\n\r\n", status, date());
	c->sent = HEAD_MAX - (size_t)n;
	memcpy(c->out + c->sent, head, (size_t)n);
}

static void reply(struct client *c, const char *status, const char *body)
{
	add(c, "%s", body);
	finish(c, status, "");
}

static void not_found(struct client *c)
{
	reply(c, "404 Not Found", "{\"errorCode\":\"E0000007\","
		"\"errorSummary\":\"Not found: Resource not found\","
		"\"errorMessages\":[\"not there\"],\"errors\":{}}");
}

/* ---- Lists ---- */

struct list {
	const char *path;	/* with the query, but for `after` */
	long from;
	long limit;
	long n;			/* items of the whole list */
};

static long parameter(const char *query, const char *name, long otherwise)
{
	const char *at = strstr(query, name);

	return at == NULL ? otherwise : strtol(at + strlen(name), NULL, 10);
}

static void list_of(struct list *l, char *target, long max, long n)
{
	char *after = strstr(target, "&after=");

	l->path = target;
	l->n = n;
	l->from = after == NULL ? 0 : strtol(after + 7, NULL, 10);
	l->limit = parameter(target, "limit=", max);
	if (l->limit > max || l->limit <= 0)
		l->limit = max;
	if (after != NULL)
		*after = '\0';
}

static void send_list(const struct server *s, struct client *c,
	const struct list *l, long group,
	size_t (*put)(const struct tenant *, long, char *))
{
	char links[HEAD_MAX / 2] = "";
	long end = l->from + l->limit < l->n ? l->from + l->limit : l->n;

	add(c, "[");
	for (long i = l->from; i < end; i++) {
		long item = group < 0 ? i : tenant_member(&s->tenant, group, i);

		reserve(c, TENANT_ITEM_MAX + 1);
		if (i > l->from)
			c->out[c->out_len++] = ',';
		c->out_len += put(&s->tenant, item, c->out + c->out_len);
	}
	add(c, "]");
	if (end < l->n)
		snprintf(links, sizeof(links), "Link: <%s%s>; rel=\"self\"\r\n"
			"Link: <%s%s&after=%ld>; rel=\"next\"\r\n",
			s->tenant.base, l->path, s->tenant.base, l->path, end);
	finish(c, "200 OK", links);
}

static void own_groups(const struct server *s, struct client *c)
{
	add(c, "[");
	for (long i = 0; i < OWN_GROUPS; i++) {
		reserve(c, TENANT_ITEM_MAX + 1);
		if (i > 0)
			c->out[c->out_len++] = ',';
		c->out_len += tenant_put_group(&s->tenant,
			s->tenant.groups + i, c->out + c->out_len);
	}
	add(c, "]");
	finish(c, "200 OK", "");
}

/* ---- Paths ---- */

static void users(const struct server *s, struct client *c, char *target)
{
	const char *id = target + strlen("/api/v1/users");
	struct list l;
	long user;

	if (*id == '?') {
		list_of(&l, target, s->page_max, s->tenant.users);
		send_list(s, c, &l, -1, tenant_put_user);
		return;
	}
	id += *id == '/';
	user = tenant_of_id(id, strcspn(id, "/?"), "00u1b");
	if (user < 0 || user >= s->tenant.users)
		not_found(c);
	else if (strstr(id, "/groups") != NULL) {
		own_groups(s, c);
	} else {
		reserve(c, TENANT_ITEM_MAX);
		c->out_len += tenant_put_user(&s->tenant, user,
			c->out + c->out_len);
		finish(c, "200 OK", "");
	}
}

static void group_of(const struct server *s, struct client *c, char *target,
	const char *id, const char *method)
{
	long group = tenant_of_id(id, strcspn(id, "/?"), "00g1b");
	struct list l;

	if (group < 0 || group >= s->tenant.groups) {
		not_found(c);
	} else if (strcmp(method, "GET") != 0) {
		finish(c, "204 No Content", "");
	} else if (strstr(id, "/users") != NULL) {
		list_of(&l, target, s->page_max,
			tenant_group_size(&s->tenant, group));
		send_list(s, c, &l, group, tenant_put_user);
	} else {
		reserve(c, TENANT_ITEM_MAX);
		c->out_len += tenant_put_group(&s->tenant, group,
			c->out + c->out_len);
		finish(c, "200 OK", "");
	}
}

static void groups(const struct server *s, struct client *c, char *target,
	const char *method)
{
	const char *id = target + strlen("/api/v1/groups");
	struct list l;

	if (strncmp(id, "/rules", 6) == 0) {
		reply(c, "200 OK", "[]");
	} else if (*id == '?') {
		list_of(&l, target, s->page_max < GROUPS_PAGE ? s->page_max
			: GROUPS_PAGE, s->tenant.groups);
		send_list(s, c, &l, -1, tenant_put_group);
	} else {
		group_of(s, c, target, id + (*id == '/'), method);
	}
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void answer(const struct server *s, struct client *c)
{
	char method[8] = "";
	char target[512] = "";

	c->out_len = 0;
	reserve(c, HEAD_MAX);
	c->out_len = HEAD_MAX;
	sscanf(c->in, "%7s %511s", method, target);
	if (s->log != NULL)
		fprintf(s->log, "%s %s\n", method, target);
	if (begins(target, "/api/v1/users"))
		users(s, c, target);
	else if (begins(target, "/api/v1/groups"))
		groups(s, c, target, method);
	else if (begins(target, "/rest/api/3/serverInfo"))
		reply(c, "200 OK", "{\"deploymentType\":\"Cloud\"}");
	else if (begins(target, "/rest/api/3/search/jql"))
		reply(c, "200 OK", "{\"issues\":[],\"isLast\":true}");
	else
		not_found(c);
}

/* ---- Connections ---- */

static void watch(const struct server *s, struct client *c, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = c};

	if (epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->fd, &e) < 0)
		die("epoll");
}

static void drop(struct server *s, struct client *c)
{
	if (c->waiting)
		TAILQ_REMOVE(&s->waiting, c, link);
	close(c->fd);
	free(c->out);
	free(c);
}

static size_t whole_request(struct client *c)
{
	const char *end;
	const char *length;

	c->in[c->in_len] = '\0';
	end = strstr(c->in, "\r\n\r\n");
	if (end == NULL)
		return 0;
	length = strcasestr(c->in, "\r\nContent-Length:");
	return (size_t)(end + 4 - c->in) + (length == NULL || length > end ? 0
		: strtoul(length + 17, NULL, 10));
}

static void set_timer(const struct server *s)
{
	const struct client *c = TAILQ_FIRST(&s->waiting);
	struct itimerspec at = {0};

	if (c != NULL) {
		at.it_value.tv_sec = c->due_ns / 1000000000;
		at.it_value.tv_nsec = c->due_ns % 1000000000;
	}
	timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static bool flush(struct server *s, struct client *c);

/* True while the connection is there. */
static bool take_request(struct server *s, struct client *c)
{
	size_t len = whole_request(c);

	if (len == 0 || len > c->in_len || c->waiting || c->sent < c->out_len)
		return true;
	c->request_len = len;
	if (s->delay_ns == 0) {
		answer(s, c);
		return flush(s, c);
	}
	c->due_ns = now_ns() + s->delay_ns;
	c->waiting = true;
	TAILQ_INSERT_TAIL(&s->waiting, c, link);
	if (TAILQ_FIRST(&s->waiting) == c)
		set_timer(s);
	return true;
}

static bool flush(struct server *s, struct client *c)
{
	while (c->sent < c->out_len) {
		ssize_t n = send(c->fd, c->out + c->sent, c->out_len - c->sent,
			MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			watch(s, c, EPOLLIN | EPOLLOUT);
			return true;
		}
		if (n < 0) {
			drop(s, c);
			return false;
		}
		c->sent += (size_t)n;
	}
	c->in_len -= c->request_len;
	memmove(c->in, c->in + c->request_len, c->in_len);
	watch(s, c, EPOLLIN);
	return c->in_len == 0 || take_request(s, c);
}

static void readable(struct server *s, struct client *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len,
		sizeof(c->in) - 1 - c->in_len, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		drop(s, c);
		return;
	}
	c->in_len += (size_t)n;
	(void)take_request(s, c);
}

static void accept_all(struct server *s)
{
	const int yes = 1;
	int fd;

	while ((fd = accept4(s->listener, NULL, NULL,
		SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct client *c = calloc(1, sizeof(*c));
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

		if (c == NULL)
			die("memory");
		c->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
		if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
			die("epoll");
	}
}

static void send_due(struct server *s)
{
	struct client *c;
	uint64_t times;

	(void)!read(s->timer, &times, sizeof(times));
	while ((c = TAILQ_FIRST(&s->waiting)) != NULL && c->due_ns <= now_ns()) {
		TAILQ_REMOVE(&s->waiting, c, link);
		c->waiting = false;
		answer(s, c);
		(void)flush(s, c);
	}
	set_timer(s);
}

static void serve(struct server *s)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int n = epoll_wait(s->epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct client *c = events[i].data.ptr;

			if (events[i].data.ptr == &s->listener)
				accept_all(s);
			else if (events[i].data.ptr == &s->timer)
				send_due(s);
			else if ((events[i].events & EPOLLOUT) != 0)
				(void)flush(s, c);
			else
				readable(s, c);
		}
	}
}

/* ---- Starting ---- */

static void open_all(struct server *s)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(at);
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = &s->listener};
	struct epoll_event t = {.events = EPOLLIN, .data.ptr = &s->timer};

	s->listener = socket(AF_INET,
		SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->listener < 0 ||
		bind(s->listener, (struct sockaddr *)&at, sizeof(at)) < 0 ||
		listen(s->listener, 128) < 0 ||
		getsockname(s->listener, (struct sockaddr *)&at, &len) < 0)
		die("listen");
	snprintf(s->tenant.base, sizeof(s->tenant.base), "http://127.0.0.1:%d",
		ntohs(at.sin_port));
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->epoll < 0 || s->timer < 0 ||
		epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->listener, &e) < 0 ||
		epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->timer, &t) < 0)
		die("epoll");
	TAILQ_INIT(&s->waiting);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

static void stop(int signal)
{
	(void)signal;
	exit(0);	/* the log's buffer goes out; nothing else is held */
}

static void options(struct server *s, int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "u:g:m:p:d:c:l:")) != -1) {
		if (o == 'u')
			s->tenant.users = atol(optarg);
		else if (o == 'g')
			s->tenant.groups = atol(optarg);
		else if (o == 'm')
			s->tenant.memberships = atol(optarg);
		else if (o == 'p')
			s->page_max = atol(optarg);
		else if (o == 'd')
			s->delay_ns = atol(optarg) * 1000000;
		else if (o == 'c')
			pin(atoi(optarg));
		else if (o == 'l')
			s->log = fopen(optarg, "we");
		else
			exit(64);
	}
	if (s->page_max <= 0 || s->page_max > LIMIT_MAX)
		s->page_max = LIMIT_MAX;
}

/* -u users -g groups -m memberships -p items a page -d ms of delay
 * -c processor -l log; prints its origin, then serves until it is killed. */
int main(int argc, char **argv)
{
	static struct server s = {
		.tenant = {.users = 2000, .groups = 100, .memberships = 10000},
		.page_max = 200,
	};

	options(&s, argc, argv);
	signal(SIGTERM, stop);
	open_all(&s);
	printf("%s\n", s.tenant.base);
	fflush(stdout);
	serve(&s);
}
