/* What each figure means, in one sentence; lapse-report(7) has the rest, by
 * the same names. */
#include "html_private.h"

#include <string.h>

static const struct {
	const char *id, *name, *meaning;
} terms[] = {
	{"overdue", "Overdue",
		"accesses whose deadline passed longer ago than overdue-after "
		"and whose removal is not verified, now"},
	{"parked", "Parked",
		"changes that a provider refused for good; tried again daily "
		"until they succeed or a named person answers for them"},
	{"unacknowledged", "Break-glass unacknowledged",
		"emergency grants that nobody but their operator and "
		"beneficiary has looked at yet"},
	{"stale", "Stale requests",
		"requests that nobody decided in time"},
	{"requests", "Requests",
		"issues that asked for access, filed in the window; what came "
		"of each is its state now"},
	{"channel", "Channel",
		"how the request came, by the issue itself; by hand is what an "
		"operator granted without a request"},
	{"closed", "Closed",
		"requests that were decided in the window, by approval or "
		"otherwise"},
	{"automatic", "Automatic",
		"closed requests that took no manual step from approval to "
		"evidence; the approver's own decision is none"},
	{"manual-share", "Manual share",
		"closed requests with at least one manual step, of all closed "
		"requests; the rule asks for less than 25 %"},
	{"time-to-approval", "Request to approval",
		"from the issue's creation to the decision that counted"},
	{"time-to-access", "Approval to verified access",
		"from that decision to agreeing reads at the provider"},
	{"time-to-removal", "Deadline to verified removal",
		"from the end that was promised to agreeing reads of absence"},
	{"leavers", "Deactivation to last removal",
		"from the first sight of the deactivated user to the verified "
		"removal of the last access"},
	{"hops", "Hops",
		"moves of people on the issue after its approval, from its "
		"history; three are the most that the rule allows"},
	{"standing", "Standing",
		"memberships of governed groups without an end, whoever gave "
		"them"},
	{"bound", "Time-bound",
		"memberships held by a grant that ends"},
	{"elevated", "Elevated",
		"of roles that can change data, users or configuration"},
	{"removed", "Privileged access removed",
		"one minus the elevated hours held in the window over the "
		"hours that the standing memberships found before lapse would "
		"have held"},
	{"automatic-removals", "Automatic removals",
		"removals verified by reading back that no person started or "
		"finished"},
	{"minutes", "IT minutes",
		"manual steps times the minutes that the configuration gives "
		"for each kind"},
	{"saved", "Minutes saved",
		"what the automatic steps would have cost by the same "
		"figures"},
	{"seats", "Reclaimed seats",
		"seats freed by reclaim and reviews, a month, by the seat "
		"costs of the configuration"},
	{"cases", "Cases lost",
		"requests or memberships that went another way than the "
		"designed one; one can count in two buckets"},
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
	for (size_t i = 0; i < ARRAY_N(terms); i++)
		html_put(out, "<div><dt id=\"is-{}\">{}</dt><dd>{}.</dd>"
			"</div>\n", terms[i].id, terms[i].name,
			terms[i].meaning);
	buf_str(out, "</dl></section>\n");
}
