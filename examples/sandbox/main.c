/*
 * main.c - options, the table of services, the ready file.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "control.h"
#include "graph.h"
#include "google.h"
#include "http.h"
#include "jira.h"
#include "okta.h"
#include "record.h"
#include "slack.h"
#include "world.h"

static const struct service *const services[] = {
	&jira_service, &gateway_service, &okta_service, &control_service,
	&graph_service, &google_service, &google_identity_service,
	&slack_service,
};

#define SERVICES (sizeof(services) / sizeof(services[0]))

struct options {
	const char *seed, *ready, *record, *okta_key, *google_key, *clock;
	const char *entra_certificate;
	int port_base;
	bool with_parent;
};

static const char usage[] =
	"usage: sandbox --seed FILE --ready FILE [--record FILE]\n"
	"               [--port-base N] [--okta-key PUBLIC.pem] "
	"[--google-key PUBLIC.pem]\n"
	"               [--with-parent] [--clock FILE] "
	"[--entra-certificate FILE.pem]\n";

static bool parse(int argc, char **argv, struct options *ret)
{
	static const struct option known[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "ready", required_argument, NULL, 'r' },
		{ "record", required_argument, NULL, 'R' },
		{ "port-base", required_argument, NULL, 'p' },
		{ "okta-key", required_argument, NULL, 'k' },
		{ "google-key", required_argument, NULL, 'g' },
		{ "with-parent", no_argument, NULL, 'w' },
		{ "clock", required_argument, NULL, 'c' },
		{ "entra-certificate", required_argument, NULL, 'e' },
		{ 0 },
	};

	for (int one; (one = getopt_long(argc, argv, "", known, NULL)) != -1;)
		switch (one) {
		case 's':
			ret->seed = optarg;
			break;
		case 'r':
			ret->ready = optarg;
			break;
		case 'R':
			ret->record = optarg;
			break;
		case 'p':
			ret->port_base = atoi(optarg);
			break;
		case 'k':
			ret->okta_key = optarg;
			break;
		case 'g':
			ret->google_key = optarg;
			break;
		case 'c':
			ret->clock = optarg;
			break;
		case 'e':
			ret->entra_certificate = optarg;
			break;
		case 'w':
			ret->with_parent = true;
			break;
		default:
			return false;
		}
	return ret->seed != NULL && ret->ready != NULL && optind == argc;
}

static int complain(const char *what)
{
	fprintf(stderr, "sandbox: '%s': %s\n", what, strerror(errno));
	return 1;
}

static bool start(const struct options *options, FILE *ready)
{
	fprintf(ready, "SANDBOX_PID=%d\n", (int)getpid());
	for (size_t i = 0; i < SERVICES; i++) {
		const struct service *one = services[i];
		int wish = options->port_base > 0
			? options->port_base + (int)i : 0;
		int port = http_listen(one, (uint16_t)wish);

		if (port < 0)
			return false;
		fprintf(ready, "%s=http://127.0.0.1:%d%s\n", one->variable,
			port, one->prefix != NULL ? one->prefix() : "");
	}
	return true;
}

/* The file appears whole: whoever waits for it can read it at once. */
static int serve(const struct options *options)
{
	autotext *draft = text("%s.tmp", options->ready);
	FILE *ready = fopen(draft, "we");

	if (ready == NULL)
		return complain(draft);
	bool started = start(options, ready);
	if (fclose(ready) != 0 || !started ||
		rename(draft, options->ready) != 0)
		return complain(options->ready);
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	sigset_t ends;
	int got;

	if (!parse(argc, argv, &options)) {
		fputs(usage, stderr);
		return 64;
	}
	if (options.with_parent &&
		(prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() == 1))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	/* Each connection is a thread, but they run one at a time: memory of
	 * its own for each would only have to be given back. */
	mallopt(M_ARENA_MAX, 1);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	if (options.clock != NULL && !clock_share(options.clock))
		return complain(options.clock);
	if (!world_load(options.seed))
		return 1;
	if (options.record != NULL && !record_open(options.record))
		return complain(options.record);
	if (options.okta_key != NULL && !okta_key_load(options.okta_key))
		return complain(options.okta_key);
	if (options.entra_certificate != NULL &&
		!graph_certificate_load(options.entra_certificate))
		return complain(options.entra_certificate);
	if (options.google_key != NULL && !google_key_load(options.google_key))
		return complain(options.google_key);
	if (serve(&options) != 0)
		return 1;
	sigwait(&ends, &got);
	http_lock();
	unlink(options.ready);
	_exit(0);
}
