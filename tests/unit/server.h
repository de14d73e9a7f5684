/* A tiny HTTP/1.1 server on loopback for the engine's tests: it reads one
 * request at a time and lets the test write the reply, byte by byte if it
 * likes. One thread a connection. */
#ifndef LAPSE_TESTS_SERVER_H
#define LAPSE_TESTS_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SERVER_CONNECTIONS = 64,
	SERVER_SEEN = 256,
};

struct server;

/* Answers request number n (from 0); request is its whole text. False: the
 * connection is closed. */
typedef bool server_answer(struct server *s, int fd, int n,
	const char *request);

struct server {
	server_answer *answer;
	void *arg;
	char base[64];
	int listener;
	pthread_t acceptor;
	pthread_t workers[SERVER_CONNECTIONS];
	int fds[SERVER_CONNECTIONS];
	int n_workers;
	pthread_mutex_t lock;
	char *seen[SERVER_SEEN];
	int n_seen;
	int busy;
	int busiest;
};

struct server_worker {
	struct server *s;
	int fd;
};

static inline void server_say(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* A whole reply; headers are lines ended by \r\n. */
static inline bool server_reply(int fd, int status, const char *headers,
	const char *body)
{
	char head[1024];

	snprintf(head, sizeof(head),
		"HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n", status,
		strlen(body), headers);
	server_say(fd, head);
	server_say(fd, body);
	return true;
}

static inline bool server_json(int fd, int status, const char *body)
{
	return server_reply(fd, status, "Content-Type: application/json\r\n",
		body);
}

static inline int server_count(struct server *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->n_seen;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* The length of the body that the head promises. */
static inline size_t server_body_length(const char *head)
{
	const char *p = strcasestr(head, "\r\nContent-Length:");

	return p != NULL ? strtoul(p + 17, NULL, 10) : 0;
}

/* One request into text; false at the end of the connection. */
static inline bool server_read(int fd, char *text, size_t size)
{
	size_t len = 0;

	for (;;) {
		const char *end;
		ssize_t n = recv(fd, text + len, size - 1 - len, 0);

		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		if (end != NULL && len - (size_t)(end + 4 - text) >=
				server_body_length(text))
			return true;
	}
}

static inline int server_enter(struct server *s, const char *request)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->n_seen++;
	if (n < SERVER_SEEN)
		s->seen[n] = strdup(request);
	if (++s->busy > s->busiest)
		s->busiest = s->busy;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static inline void server_leave(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	s->busy--;
	pthread_mutex_unlock(&s->lock);
}

static inline void *server_work(void *arg)
{
	struct server_worker *w = arg;
	char *text = malloc(65536);
	bool more = true;

	while (more && server_read(w->fd, text, 65536)) {
		int n = server_enter(w->s, text);

		more = w->s->answer(w->s, w->fd, n, text);
		server_leave(w->s);
	}
	shutdown(w->fd, SHUT_RDWR);
	free(text);
	free(w);
	return NULL;
}

static inline void *server_accept(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		struct server_worker *w = malloc(sizeof(*w));

		*w = (struct server_worker){.s = s, .fd = fd};
		if (s->n_workers == SERVER_CONNECTIONS)
			abort();
		s->fds[s->n_workers] = fd;
		pthread_create(&s->workers[s->n_workers++], NULL, server_work,
			w);
	}
	return NULL;
}

static inline void server_start(struct server *s, server_answer *answer,
	void *arg)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);

	*s = (struct server){.answer = answer, .arg = arg};
	pthread_mutex_init(&s->lock, NULL);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s->listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
		listen(s->listener, 64) != 0 ||
		getsockname(s->listener, (struct sockaddr *)&at, &len) != 0)
		abort();
	snprintf(s->base, sizeof(s->base), "http://127.0.0.1:%d",
		ntohs(at.sin_port));
	pthread_create(&s->acceptor, NULL, server_accept, s);
}

static inline void server_stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->acceptor, NULL);
	close(s->listener);
	for (int i = 0; i < s->n_workers; i++)
		shutdown(s->fds[i], SHUT_RDWR);
	for (int i = 0; i < s->n_workers; i++) {
		pthread_join(s->workers[i], NULL);
		close(s->fds[i]);
	}
	for (int i = 0; i < s->n_seen && i < SERVER_SEEN; i++)
		free(s->seen[i]);
	pthread_mutex_destroy(&s->lock);
}

#endif
