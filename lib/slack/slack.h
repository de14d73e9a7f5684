/* Slack's Web API as operations (see op.h). Nothing here knows the ledger or
 * what a message means to lapse: it posts, reads messages and reactions, and
 * looks people up. Names of channels and people never decide, ids do.
 *
 * A message's ts is its id within its channel: text of 17 digits, which a
 * number would not hold. */
#ifndef LAPSE_SLACK_SLACK_H
#define LAPSE_SLACK_SLACK_H

#include "remote.h"

extern const struct service slack_service;

/* Ourselves. */
struct slack_self {
	const char *user;	/* "U..." of the bot */
	const char *bot;	/* "B..."; NULL: the token is a person's */
	const char *team;	/* "T..." */
	const char *team_name;	/* may be NULL */
	const char *enterprise;	/* "E...", of several workspaces; NULL: of one */
	const char *url;	/* "https://acme.slack.com/"; may be NULL */
	const char *scopes;	/* comma-separated; NULL: not told */
};

/* One user of the workspace. */
struct slack_person {
	const char *id;
	const char *name;	/* real name; may be NULL */
	const char *email;	/* NULL: not shown to us */
	bool deleted;
	bool bot;
	bool guest;		/* of one channel or several */
	const char *team;	/* their own workspace; NULL: not told */
	const char *enterprise;	/* "E..."; NULL: none */
};

/* One message. <Shape> lives for the sink's call. */
struct slack_message {
	const char *ts;
	const char *user;	/* NULL: nobody's, or a bot's without a user */
	const char *bot;	/* "B..."; NULL: a person wrote it */
	const char *subtype;	/* NULL: plain words of somebody */
	const char *text;	/* as Slack has it: escaped, links in <> */
	const char *thread;	/* ts of its parent; NULL: in no thread */
	bool edited;
	const char *marker;	/* of one that lapse posted; NULL */
};

/* The direct messages that somebody has with us. <Shape> as above. */
struct slack_direct {
	const char *channel;
	const char *user;
};

/* Those who reacted with one name. <Shape> in op->arena. */
struct slack_reaction {
	const char *name;	/* without its skin tone */
	struct strs users;	/* complete */
};

struct slack_reactions {
	VEC(struct slack_reaction) items;
};

/* ---- Operations. "in" are members of struct op; "ret" is op->ret. ----
 * What has a ret needs op->arena (LAPSE_EINTERNAL without); what goes to a
 * sink is borrowed for the call. Channels, users and messages that are not
 * there, or not for us, are LAPSE_ENOTFOUND unless said otherwise. A scope
 * that the token lacks is LAPSE_EAUTH and ends that operation alone. */

/* ret: struct slack_self. */
op_step slack_test;
/* user; ret_id: the channel of the direct messages with them. */
op_step slack_open;
/* group = channel, id = parent's ts or NULL, body = text by slack_escape()
 * and what slack_link() makes, key = marker, by which slack_find_post() knows
 * it again. ret_id: ts; ret: const char *, the channel's id, which may be
 * another than was given. OP_CHANGED. Never sent twice by itself. */
op_step slack_post;
/* group, id = parent's ts or NULL, key = marker, user = our own id, at = not
 * older than this: OP_PRESENT (ret_id: ts) or OP_ABSENT, from a complete
 * list. */
op_step slack_find_post;
/* sink gets each struct slack_direct. OP_FOUND, or OP_NONE: none. */
op_step slack_directs;
/* group = channel, key = ts, only what is newer, or NULL for all; at = and not
 * newer than this second, or 0; settings = how many on a page (const char *),
 * or NULL for as many as Slack advises; sink gets each struct slack_message, newest
 * first, replies in threads not among them. OP_FOUND, or OP_NONE: none. */
op_step slack_history;
/* group, id = parent's ts, key likewise; oldest first, the parent itself at
 * the head of each page of Slack's left out. OP_FOUND, OP_NONE, or OP_GONE:
 * the parent is not there any more. */
op_step slack_replies;
/* group: may the messages there be read? OP_FOUND. */
op_step slack_may_read;
/* group, id = ts; ret: struct slack_reactions as they are now. OP_FOUND, or
 * OP_GONE. */
op_step slack_get_reactions;
/* key = e-mail; ret: struct slack_person. OP_FOUND, or OP_GONE: unknown,
 * deactivated or not to be seen. */
op_step slack_find_user;
/* user; likewise. */
op_step slack_get_user;

/* ---- Pure helpers ---- */

/* Somebody of our workspace, or of another of the same company's: who sits in
 * a shared channel may show any address. */
bool slack_is_ours(const struct slack_self *self,
	const struct slack_person *person);

/* Text of others as it has to stand in a message: nothing of it is a mention,
 * a link or a command. Formatting marks lose their meaning; what looks like a
 * link is broken by blanks that nobody sees. */
void slack_escape(struct buf *out, const char *text);
/* A link; the url is ours, the text anybody's. */
void slack_link(struct buf *out, const char *url, const char *text);
/* Where a message stands, for a browser; nothing when the workspace's address
 * is none. */
void slack_permalink(struct buf *out, const char *url, const char *channel,
	const char *ts);
/* The words of a message that a person wrote, as they typed them: what
 * slack_escape() does undone, links as their text and where they lead, mentions
 * as their id. */
void slack_plain(struct buf *out, const char *text);
/* Is it a ts? */
bool slack_is_ts(const char *text);

struct slack_config {
	const char *url;	/* https://slack.com/api */
	const char *token;	/* secret reference */
	const char *next_token;
};

int slack_configure(const struct slack_config *config, struct arena *a,
	struct remote *ret_remote, struct auth_config *ret_auth,
	struct lapse_err *err);

#endif
