/*
 * http.c - one listener per service on 127.0.0.1, route matching, and the
 * life of an exchange. Not a vendor's behaviour: that is in the service
 * files. Connections have a thread each (so that a slow one holds up no
 * other), handlers run under one lock.
 */
#include "http.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <microhttpd.h>

#include "clock.h"
#include "fault.h"
#include "record.h"

#define BODY_MAX (16u << 20)

static pthread_mutex_t world_lock = PTHREAD_MUTEX_INITIALIZER;

void http_lock(void)
{
	pthread_mutex_lock(&world_lock);
}

void http_unlock(void)
{
	pthread_mutex_unlock(&world_lock);
}

/* A request while its body still arrives. */
struct incoming {
	char *uri;
	char *body;
	size_t body_len;
	bool begun;
};

struct listener {
	const struct service *service;
	uint16_t port;
};

const char *request_header(const struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND,
		name);
}

const char *param(const struct exchange *x, const char *name)
{
	return json_str(x->params, name);
}

int64_t param_int(const struct exchange *x, const char *name, int64_t absent)
{
	const char *value = param(x, name);

	return value != NULL ? strtoll(value, NULL, 10) : absent;
}

void reply_bytes(struct exchange *x, int status, const char *type,
	const char *bytes, size_t length)
{
	reply_empty(x, status);
	x->reply = malloc(length + 1);
	if (x->reply == NULL)
		abort();
	memcpy(x->reply, bytes, length);
	x->reply[length] = '\0';
	x->reply_len = length;
	reply_drop_header(x, "Content-Type");
	reply_header(x, "Content-Type", "%s", type);
}

void reply_text(struct exchange *x, int status, const char *type,
	const char *body)
{
	reply_bytes(x, status, type, body, strlen(body));
}

void reply_json(struct exchange *x, int status, cJSON *body)
{
	autotext *printed = json_print(body);

	cJSON_Delete(body);
	reply_text(x, status, "application/json;charset=UTF-8", printed);
}

void reply_empty(struct exchange *x, int status)
{
	free(x->reply);
	x->reply = NULL;
	x->reply_len = 0;
	x->status = status;
}

void reply_header(struct exchange *x, const char *name, const char *format,
	...)
{
	va_list list;
	char *value = NULL;

	if (x->header_count == MAX_HEADERS)
		return;
	va_start(list, format);
	if (vasprintf(&value, format, list) < 0)
		abort();
	va_end(list);
	x->headers[x->header_count++] = (struct header){
		.name = text_copy(name), .value = value,
	};
}

void reply_drop_header(struct exchange *x, const char *name)
{
	for (size_t i = 0; i < x->header_count; i++)
		if (strcasecmp(x->headers[i].name, name) == 0)
			x->headers[i].value[0] = '\0';
}

static int hex(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

char *url_decode(const char *from, size_t length, bool plus)
{
	char *made = calloc(length + 1, 1);
	size_t n = 0;

	if (made == NULL)
		abort();
	for (size_t i = 0; i < length; i++) {
		int high = i + 2 < length ? hex(from[i + 1]) : -1;
		int low = i + 2 < length ? hex(from[i + 2]) : -1;

		if (from[i] == '%' && high >= 0 && low >= 0) {
			made[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			made[n++] = plus && from[i] == '+' ? ' ' : from[i];
		}
	}
	return made;
}

char *url_encode(const char *from)
{
	char *made = calloc(strlen(from) * 3 + 1, 1);
	char *at = made;

	if (made == NULL)
		abort();
	for (; *from != '\0'; from++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
			   "xyz0123456789-._~", *from) != NULL)
			*at++ = *from;
		else
			at += sprintf(at, "%%%02X", (unsigned char)*from);
	}
	return made;
}

cJSON *form_parse(const char *from)
{
	cJSON *form = cJSON_CreateObject();

	while (*from != '\0') {
		size_t pair = strcspn(from, "&");
		size_t key = strcspn(from, "=&");
		bool has_value = key < pair;
		autotext *name = url_decode(from, key, true);
		autotext *value = has_value
			? url_decode(from + key + 1, pair - key - 1, true)
			: text_copy("");

		cJSON_AddItemToObject(form, name, cJSON_CreateString(value));
		from += pair + (from[pair] == '&');
	}
	return form;
}

static void forget_args(struct exchange *x)
{
	for (size_t i = 0; i < MAX_ARGS; i++) {
		free(x->arg[i]);
		x->arg[i] = NULL;
	}
}

static bool path_matches(struct exchange *x, const char *shape)
{
	const char *path = x->path;
	size_t n = 0;

	forget_args(x);
	while (*shape != '\0') {
		if (shape[0] == '{' && n < MAX_ARGS) {
			size_t length = strcspn(path, "/");

			if (length == 0)
				return false;
			x->arg[n++] = url_decode(path, length, false);
			path += length;
			shape += 2;
		} else if (*shape++ != *path++) {
			return false;
		}
	}
	return *path == '\0';
}

/* 405 where only the method is wrong, 404 otherwise. */
static const struct route *find_route(struct exchange *x)
{
	bool known = false;

	for (const struct route *const *t = x->service->tables; *t != NULL; t++)
		for (const struct route *r = *t; r->path != NULL; r++) {
			if (!path_matches(x, r->path))
				continue;
			if (same(r->method, x->method))
				return r;
			known = true;
		}
	x->service->error(x, known ? 405 : 404);
	return NULL;
}

static bool strip_prefix(struct exchange *x)
{
	const char *prefix = x->service->prefix != NULL
		? x->service->prefix() : NULL;

	if (prefix == NULL)
		return true;
	if (strncmp(x->path, prefix, strlen(prefix)) != 0)
		return false;
	memmove(x->path, x->path + strlen(prefix),
		strlen(x->path) - strlen(prefix) + 1);
	return true;
}

static void run(struct exchange *x)
{
	if (!strip_prefix(x)) {
		x->service->error(x, 404);
		return;
	}
	x->route = find_route(x);
	if (x->route == NULL)
		return;
	if (x->service->authorise != NULL && !x->route->open &&
		!x->service->authorise(x))
		return;
	x->route->handle(x);
}

static enum delivery live(struct exchange *x)
{
	enum delivery delivery = DELIVER;
	autojson *fault = x->service->silent ? NULL : fault_pick(x);

	if (!x->service->silent)
		clock_exchange();
	if (!fault_before(x, fault))
		run(x);
	if (x->service->finish != NULL)
		x->service->finish(x);
	if (fault != NULL)
		delivery = fault_after(x, fault);
	if (!x->service->silent)
		record_exchange(x, json_str(fault, "kind"));
	return delivery;
}

static ssize_t half_body(void *data, uint64_t position, char *to, size_t max)
{
	const char *body = data;
	size_t half = strlen(body) / 2;

	if (position >= half)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (max > half - position)
		max = half - position;
	memcpy(to, body + position, max);
	return (ssize_t)max;
}

static struct MHD_Response *make_response(struct exchange *x,
	enum delivery delivery)
{
	char *body;

	if (delivery == DELIVER_CUT && x->reply_len > 1) {
		body = x->reply;
		x->reply = NULL;
		return MHD_create_response_from_callback(x->reply_len, 512,
			half_body, body, free);
	}
	return MHD_create_response_from_buffer(x->reply_len,
		x->reply != NULL ? x->reply : (void *)(uintptr_t)"",
		MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result deliver(struct exchange *x, enum delivery delivery)
{
	autotext *date = clock_date_header();

	if (delivery == DELIVER_NOTHING || x->status == 0)
		return MHD_NO;
	struct MHD_Response *response = make_response(x, delivery);
	for (size_t i = 0; i < x->header_count; i++)
		if (x->headers[i].value[0] != '\0')
			MHD_add_response_header(response, x->headers[i].name,
				x->headers[i].value);
	if (date != NULL)
		MHD_add_response_header(response, "Date", date);
	enum MHD_Result result = MHD_queue_response(x->connection,
		(unsigned int)x->status, response);
	MHD_destroy_response(response);
	return result;
}

static void exchange_clear(struct exchange *x)
{
	forget_args(x);
	for (size_t i = 0; i < x->header_count; i++) {
		free(x->headers[i].name);
		free(x->headers[i].value);
	}
	cJSON_Delete(x->params);
	cJSON_Delete(x->json);
	free(x->base);
	free(x->method);
	free(x->path);
	free(x->query);
	free(x->reply);
}

static enum MHD_Result answer(const struct listener *listener,
	struct MHD_Connection *connection, const char *method,
	struct incoming *in)
{
	size_t path = strcspn(in->uri, "?");
	struct exchange x = {
		.service = listener->service,
		.connection = connection,
		.base = text("http://127.0.0.1:%d", (int)listener->port),
		.method = text_copy(method),
		.path = strndup(in->uri, path),
		.query = text_copy(in->uri[path] == '?' ? in->uri + path + 1
							: ""),
		.body = in->body,
		.body_len = in->body_len,
		.status = 500,
	};
	x.params = form_parse(x.query);
	x.json = in->body != NULL
		? cJSON_ParseWithLength(in->body, in->body_len) : NULL;
	http_lock();
	enum MHD_Result result = deliver(&x, live(&x));
	http_unlock();
	exchange_clear(&x);
	return result;
}

static void *incoming_begin(void *data, const char *uri,
	struct MHD_Connection *connection)
{
	struct incoming *in = calloc(1, sizeof(*in));

	(void)data;
	(void)connection;
	if (in == NULL)
		abort();
	in->uri = text_copy(uri);
	return in;
}

static bool incoming_grow(struct incoming *in, const char *data, size_t size)
{
	char *grown;

	if (in->body_len + size > BODY_MAX)
		return false;
	grown = realloc(in->body, in->body_len + size + 1);
	if (grown == NULL)
		abort();
	memcpy(grown + in->body_len, data, size);
	in->body = grown;
	in->body_len += size;
	in->body[in->body_len] = '\0';
	return true;
}

static enum MHD_Result on_request(void *data,
	struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *upload, size_t *upload_size,
	void **state)
{
	struct incoming *in = *state;

	(void)url;
	(void)version;
	if (!in->begun) {
		in->begun = true;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		bool fits = incoming_grow(in, upload, *upload_size);

		*upload_size = 0;
		return fits ? MHD_YES : MHD_NO;
	}
	return answer(data, connection, method, in);
}

static void on_end(void *data, struct MHD_Connection *connection,
	void **state, enum MHD_RequestTerminationCode why)
{
	struct incoming *in = *state;

	(void)data;
	(void)connection;
	(void)why;
	if (in != NULL) {
		free(in->uri);
		free(in->body);
		free(in);
	}
	*state = NULL;
}

/* Paths are decoded here, segment by segment, so that an encoded slash in
 * an id stays in the id. */
static size_t leave_encoded(void *data, struct MHD_Connection *connection,
	char *in_place)
{
	(void)data;
	(void)connection;
	return strlen(in_place);
}

static void quiet(void *data, const char *format, va_list list)
{
	(void)data;
	(void)format;
	(void)list;
}

int http_listen(const struct service *service, uint16_t port)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (listener == NULL)
		abort();
	listener->service = service;
	http_lock();
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD |
			MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
			MHD_USE_ERROR_LOG | MHD_USE_SUPPRESS_DATE_NO_CLOCK,
		port, NULL, NULL, on_request, listener,
		MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL,
		MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
		MHD_OPTION_URI_LOG_CALLBACK, incoming_begin, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL,
		MHD_OPTION_CONNECTION_LIMIT, 256u, MHD_OPTION_END);
	const union MHD_DaemonInfo *info = daemon == NULL ? NULL
		: MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	listener->port = info != NULL ? info->port : 0;
	http_unlock();
	return info != NULL ? (int)listener->port : -1;
}
