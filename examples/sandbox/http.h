/*
 * http.h - one exchange: what a client asked and what it is answered.
 *
 * A service is one row: its name, its routes and a few hooks in which
 * vendors differ. http.c listens, matches, applies faults and records;
 * handlers fill in the answer and touch nothing of the transport.
 */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

#define MAX_ARGS 6
#define MAX_HEADERS 32

struct MHD_Connection;
struct service;

struct header {
	char *name;
	char *value;
};

struct exchange {
	const struct service *service;
	struct MHD_Connection *connection;
	char *base;		/* http://127.0.0.1:PORT */
	char *method;
	char *path;		/* raw, without the service's prefix */
	char *query;		/* raw, without "?"; "" when none */
	char *body;
	size_t body_len;
	cJSON *params;		/* decoded query, in order, repeats kept */
	cJSON *json;		/* parsed body; NULL: none or not JSON */
	char *arg[MAX_ARGS];	/* decoded {} segments */
	const struct route *route;
	cJSON *actor;		/* who asks, as the service sees him */

	int status;
	char *reply;		/* NULL: no body */
	size_t reply_len;
	struct header headers[MAX_HEADERS];
	size_t header_count;
};

struct route {
	const char *method;
	const char *path;	/* "{}" matches one segment */
	void (*handle)(struct exchange *x);
	const char *scope;	/* what a token needs; NULL: nothing special */
	bool open;		/* needs no credential */
};

/*
 * family    faults and log questions for a family cover all its services.
 * prefix    what a path must begin with; may be NULL.
 * authorise fills in x->actor, or answers and says false.
 * error     answers with the vendor's body for a status.
 * limited   answers 429 in the vendor's way.
 * finish    adds the headers that are on every answer; may be NULL.
 * other_next puts this next link into the answer; NULL: the Link header's.
 */
struct service {
	const char *name;
	const char *family;
	const char *variable;
	const struct route *const *tables;	/* ends with NULL */
	const char *(*prefix)(void);
	bool (*authorise)(struct exchange *x);
	void (*error)(struct exchange *x, int status);
	void (*limited)(struct exchange *x, const cJSON *fault);
	void (*finish)(struct exchange *x);
	void (*other_next)(struct exchange *x, const char *link);
	bool silent;		/* neither faults nor records: control */
};

/* port 0: the kernel chooses. Answers the port, or a negative number. */
int http_listen(const struct service *service, uint16_t port);
void http_lock(void);
void http_unlock(void);

const char *request_header(const struct exchange *x, const char *name);
const char *param(const struct exchange *x, const char *name);
int64_t param_int(const struct exchange *x, const char *name, int64_t absent);

void reply_json(struct exchange *x, int status, cJSON *body);	/* taken */
void reply_text(struct exchange *x, int status, const char *type,
	const char *body);
void reply_bytes(struct exchange *x, int status, const char *type,
	const char *bytes, size_t length);
void reply_empty(struct exchange *x, int status);
void reply_header(struct exchange *x, const char *name, const char *format,
	...) __attribute__((format(printf, 3, 4)));
void reply_drop_header(struct exchange *x, const char *name);

/* Percent-decoding; plus says whether "+" is a space. The caller frees. */
char *url_decode(const char *from, size_t length, bool plus);
char *url_encode(const char *from);
/* a=b&c=d into an object; a key may repeat. */
cJSON *form_parse(const char *from);

#endif
