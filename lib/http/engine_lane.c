/* Serial keys: operations with an equal key go one after the other. */
#include "engine_private.h"

#include <stdlib.h>
#include <string.h>

static struct lanes *lanes_of(struct remote_state *rs, const char *key)
{
	uint32_t sum = 2166136261U;	/* FNV-1a */

	for (; *key != '\0'; key++)
		sum = (sum ^ (unsigned char)*key) * 16777619U;
	return &rs->lanes[sum % LANES];
}

static struct lane *lane_open(const char *key)
{
	struct lane *lane = calloc(1, sizeof(*lane));

	if (lane == NULL)
		return NULL;
	lane->key = strdup(key);
	if (lane->key == NULL) {
		free(lane);
		return NULL;
	}
	TAILQ_INIT(&lane->held);
	return lane;
}

int lane_enter(struct task *t, struct lapse_err *err)
{
	struct lanes *lanes;
	struct lane *lane;

	if (t->op->serial == NULL)
		return 0;
	lanes = lanes_of(t->rs, t->op->serial);
	LIST_FOREACH(lane, lanes, link) {
		if (strcmp(lane->key, t->op->serial) != 0)
			continue;
		t->lane = lane;
		t->list = &lane->held;
		TAILQ_INSERT_TAIL(t->list, t, link);
		return 1;
	}
	lane = lane_open(t->op->serial);
	if (lane == NULL)
		return lapse_fail_nomem(err);
	LIST_INSERT_HEAD(lanes, lane, link);
	t->lane = lane;
	return 0;
}

/* t has left its list already: a held one just goes, the one at work hands
 * over. */
void lane_leave(struct task *t, bool was_held)
{
	struct lane *lane = t->lane;
	struct task *next;

	if (lane == NULL || was_held)
		return;
	next = TAILQ_FIRST(&lane->held);
	if (next != NULL) {
		task_queue(next);
		return;
	}
	LIST_REMOVE(lane, link);
	free(lane->key);
	free(lane);
}
