/* What each figure means, in one sentence; lapse-report(7) has the rest, by
 * the same names. */
#include "html_private.h"

#include <string.h>

static const struct {
	const char *id, *name, *meaning;
} terms[] = {
	{"overdue", "Overdue",
		"grants whose deadline passed longer ago than overdue-after "
		"and whose removal is not verified"},
	{"parked", "Parked",
		"changes that a provider refused for good; tried again daily "
		"until they succeed or a named person answers for them"},
	{"unacknowledged", "Break-glass unacknowledged",
		"emergency grants that nobody but their operator and "
		"beneficiary has looked at yet"},
	{"waiting", "Waiting requests",
		"open requests on which nothing happened for a week"},
	{"automatic", "Automatic",
		"closed requests without a manual step, of all closed ones; "
		"the approver's decision is none"},
	{"manual", "Manual share",
		"closed requests with at least one manual step, of all closed "
		"ones; the rule allows 25 %"},
	{"privileged-removed", "Privileged access removed",
		"one minus the elevated hours held in the window over those "
		"that the standing access found before lapse would have held"},
	{"minutes-saved", "Time saved",
		"what the automatic steps would have cost by hand, by the "
		"configured figures"},
	{"lost", "Cases lost",
		"requests or memberships that went another way than the "
		"designed one; one can count in two buckets"},
	{"filed", "Filed",
		"issues that asked for access, made in the window; what came "
		"of each is its state at the window's end"},
	{"closed", "Closed",
		"requests that were granted, declined, refused or too old "
		"to be granted, in the window"},
	{"filed-to-approved", "Request to approval",
		"from the issue's creation to the decision that counted"},
	{"approved-to-verified", "Approval to verified access",
		"from that decision to agreeing reads at the provider"},
	{"deadline-to-removed", "Deadline to verified removal",
		"from the end that was promised to agreeing reads of absence"},
	{"left-to-removed", "Deactivation to last removal",
		"from the first sight of a deactivated user to the verified "
		"removal of the last access"},
	{"bound", "Time-bound",
		"memberships that only grants with an end hold"},
	{"standing", "Standing",
		"memberships of governed groups without an end, whoever gave "
		"them"},
	{"elevated-standing", "Elevated",
		"memberships in groups of roles that can change data, users "
		"or configuration"},
	{"hops-over", "Hops",
		"moves of people between approval and verified access, by "
		"the issue's history; three are the most that the rule "
		"allows"},
	{"removed-automatically", "Removed automatically",
		"verified removals that no person began or finished"},
	{"minutes-spent", "Time spent",
		"manual steps, each by the minutes that the configuration "
		"gives for its kind"},
	{"seats-freed", "Seats freed",
		"by reclaim and reviews, with what they cost a month by the "
		"configuration"},
};

void html_term(struct buf *out, const char *id)
{
	for (size_t i = 0; i < ARRAY_N(terms); i++) {
		if (strcmp(terms[i].id, id) == 0) {
			html_put(out, "<a class=\"term\" href=\"#is-{}\">{}"
				"</a>", id, terms[i].name);
			return;
		}
	}
	out->failed = true;	/* a term that is none: the tests see it */
}

void part_definitions(struct buf *out)
{
	buf_str(out, "<section class=\"wide\" aria-labelledby=\"h-terms\">"
		"<h2 id=\"h-terms\">What the figures mean</h2>"
		"<p class=\"soft\">The whole definitions, and why none of them "
		"can be improved by counting differently, are in "
		"<code>lapse-report(7)</code> under the same names.</p>"
		"<dl class=\"terms\">\n");
	for (size_t i = 0; i < ARRAY_N(terms); i++) {
		html_put(out, "<div><dt id=\"is-{}\">{}", terms[i].id,
			terms[i].name);
		/* The diagnosis' own, no figure of the report. */
		if (strcmp(terms[i].id, "lost") != 0)
			html_put(out, " <code>{}</code>", terms[i].id);
		html_put(out, "</dt><dd>{}.</dd></div>\n", terms[i].meaning);
	}
	buf_str(out, "</dl></section>\n");
}
