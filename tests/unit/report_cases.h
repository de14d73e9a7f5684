/* Reports that are made up: a good quarter, a ledger that began yesterday, a
 * bad day, and names that try to leave the page. Each fills everything that
 * report_fill() would. */
#ifndef LAPSE_TESTS_REPORT_CASES_H
#define LAPSE_TESTS_REPORT_CASES_H

#include <stdint.h>
#include <string.h>

#include "report.h"

#define CASE_NOW INT64_C(1795438800)	/* 2026-11-23T13:00:00Z */
#define CASE_DAY 86400

/* What a catalog, a directory or Jira could call things. */
static const char *const hostile_names[] = {
	"<script>alert(1)</script>",
	"</style><script>alert(2)</script>",
	"</title></head><body onload=alert(3)>",
	"\"><img src=x onerror=alert(4)>",
	"' onmouseover='alert(5)",
	"]]><!--", "--><svg onload=alert(6)>", "<!DOCTYPE x [<!ENTITY e 'y'>]>",
	"&lt;b&gt; &amp; &#60; &notit;", "{} {{}} %s %n %00",
	"javascript:alert(7)", "=HYPERLINK(\"https://evil.example\")",
	"@import url(https://evil.example/x.css)",
	"url(https://evil.example/y.png)",
	"<link rel=stylesheet href=https://evil.example/z.css>",
	"<base href=https://evil.example/>",
	"<meta http-equiv=refresh content=0;url=https://evil.example>",
	"\xe2\x80\xae" "gpj.exe \xe2\x81\xa6" "bidi\xe2\x81\xa9",
	"\xd7\xa2\xd7\x91\xd7\xa8\xd7\x99\xd7\xaa/\xd7\x9e\xd7\xa0\xd7\x94\xd7\x9c",
	"\xd9\x85\xd8\xaf\xd9\x8a\xd8\xb1 <b>",
	"\x01\x02\x1b[2J\x07\x7f\xc2\x9b" "31m", "a\r\nb\tc",
	"\xef\xbf\xbe\xef\xb7\x90 \xf0\x9f\xbf\xbf", "bad \xff\xc3\xe2\x82 utf-8",
	"zero\xe2\x80\x8b" "width\xef\xbb\xbf", "\xe2\x80\xa8\xe2\x80\xa9",
	"", " ", "<", "&", "\"", "'", "`", "\\", "$(reboot) `reboot`; reboot",
	"Zo\xc3\xab \xf0\x9f\x94\x90 na\xc3\xafve/\xe6\x9d\xb1\xe4\xba\xac",
};

static void case_count(struct report_counts *c, struct arena *a,
	const char *name, int64_t n)
{
	struct report_count *row = VEC_ADD(&c->list, a);

	*row = (struct report_count){name, n};
}

static void case_role(struct report *r, struct arena *a, const char *role,
	int64_t requests, int64_t manual, int64_t steps, int64_t minutes)
{
	struct report_role *row = VEC_ADD(&r->minutes.roles, a);

	*row = (struct report_role){
		.role = role,
		.requests = requests,
		.manual = manual,
		.steps = steps,
		.minutes = minutes,
	};
}

static void case_money(struct report *r, struct arena *a, const char *currency,
	int64_t seats, int64_t cents)
{
	struct report_money *row = VEC_ADD(&r->seats.money, a);

	*row = (struct report_money){currency, seats, cents};
}

/* Standing access that gets less, and grants that take its place. */
static void case_series(struct report *r, struct arena *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct report_point *p = VEC_ADD(&r->series, a);
		int64_t done = (int64_t)(i * 1000 / (n > 1 ? n - 1 : 1));
		/* Fewer grants on week-ends, and some noise. */
		int64_t wave = (i % 7 < 2 ? 0 : 6) +
			(int64_t)(i * i * 31 % 17) / 3;

		*p = (struct report_point){
			.at = r->from + (r->until - r->from) * (int64_t)i /
				(int64_t)(n > 1 ? n - 1 : 1),
			.standing = 612 - 310 * done / 1000 + (int64_t)(i / 9 % 4),
			.bound = 14 + 120 * done / 1000 + wave,
			.elevated_standing = 97 - 80 * done / 1000,
			.elevated_bound = 3 + 9 * done / 1000 + wave / 2,
		};
	}
}

static void case_frame(struct report *r)
{
	*r = (struct report){
		.from = CASE_NOW - 92 * CASE_DAY,
		.until = CASE_NOW,
		.now = CASE_NOW,
		.first_at = CASE_NOW - 200 * CASE_DAY,
		.ledger = "3f1c9a52-7a7e-4d0e-9a35-b1f1c7a1d9c4",
		.head_seq = 48211,
		.head = "9f86d081884c7d659a2feaa0c55ad015"
			"a3bf4f1b2b0b822cd15d6c15b0f00a08",
	};
}

/* A quarter of a company that is well on its way. */
static void case_quarter(struct report *r, struct arena *a)
{
	case_frame(r);
	r->requests.filed = 1284;
	r->requests.closed = 1251;
	r->requests.automatic = 1032;
	r->requests.manual = 219;
	case_count(&r->requests.outcomes, a, "granted", 1103);
	case_count(&r->requests.outcomes, a, "declined", 74);
	case_count(&r->requests.outcomes, a, "refused", 41);
	case_count(&r->requests.outcomes, a, "open", 33);
	case_count(&r->requests.outcomes, a, "stale", 19);
	case_count(&r->requests.outcomes, a, "cancelled", 14);
	case_count(&r->requests.channels, a, "portal", 1021);
	case_count(&r->requests.channels, a, "slack", 143);
	case_count(&r->requests.channels, a, "mail", 61);
	case_count(&r->requests.channels, a, "agent", 38);
	case_count(&r->requests.channels, a, "by-hand", 9);
	case_count(&r->requests.channels, a, "unknown", 12);
	r->filed_to_approved = (struct report_spread){1177, 1520, 28000,
		6 * CASE_DAY, 33};
	r->approved_to_verified = (struct report_spread){1103, 74, 130, 5400,
		2};
	r->deadline_to_removed = (struct report_spread){981, 41, 88, 11000, 1};
	r->left_to_removed = (struct report_spread){23, 900, 1500, 7300, 0};
	r->hops.read = 1103;
	r->hops.total = 402;
	r->hops.over = 21;
	memcpy(r->hops.by_n, (int64_t[5]){872, 141, 48, 21, 21},
		sizeof(r->hops.by_n));
	case_series(r, a, 93);
	r->elevated.baseline = 97;
	r->elevated.standing = 17;
	r->elevated.held_s = (int64_t)4210 * 3600;
	r->elevated.standing_s = (int64_t)56000 * 3600;
	r->elevated.baseline_s = (int64_t)97 * 92 * CASE_DAY;
	r->elevated.removed = 0.7189;
	r->removals.automatic = 958;
	r->removals.by_people = 23;
	r->removals.unverified = 1;
	case_count(&r->removals.reasons, a, "expired", 861);
	case_count(&r->removals.reasons, a, "left", 52);
	case_count(&r->removals.reasons, a, "revoked", 38);
	case_count(&r->removals.reasons, a, "reclaimed", 19);
	case_count(&r->removals.reasons, a, "reviewed", 11);
	r->now_open.overdue = 1;
	r->now_open.worst_late_s = 1260;
	r->now_open.stale_requests = 4;
	r->reviews.opened = 2;
	r->reviews.closed = 1;
	r->reviews.items = 640;
	r->reviews.decided = 611;
	r->reviews.revoked = 48;
	r->reviews.removed = 47;
	r->reviews.roles_overdue = 3;
	r->reviews.movers_waiting = 5;
	r->seats.warned = 41;
	r->seats.reclaimed = 19;
	r->seats.kept = 20;
	case_money(r, a, "EUR", 4, 7800);
	case_money(r, a, "USD", 26, 104650);
	case_count(&r->minutes.steps, a, "grant", 201);
	case_count(&r->minutes.steps, a, "revoke", 44);
	case_count(&r->minutes.steps, a, "evidence", 31);
	case_count(&r->minutes.cost, a, "grant", 3015);
	case_count(&r->minutes.cost, a, "revoke", 440);
	case_count(&r->minutes.cost, a, "evidence", 310);
	r->minutes.total = 3765;
	r->minutes.saved = 25480;
	case_role(r, a, "salesforce/admin", 121, 88, 97, 1455);
	case_role(r, a, "sap/finance-approver", 64, 51, 58, 870);
	case_role(r, a, "github/prod-admin", 210, 31, 33, 495);
	case_role(r, a, "aws/billing", 40, 12, 14, 210);
	case_role(r, a, "figma/editor", 155, 11, 11, 165);
	case_role(r, a, "datadog/admin", 38, 8, 9, 135);
	case_role(r, a, "zendesk/agent", 91, 7, 7, 105);
	case_role(r, a, "notion/owner", 29, 5, 5, 75);
	case_role(r, a, "jira/site-admin", 17, 4, 6, 90);
	case_role(r, a, "snowflake/analyst", 77, 2, 2, 30);
	r->leavers.people = 26;
	r->leavers.held = 23;
	r->lost.approval = 21 + 4 + 2 + 1;
	r->lost.enforcement = 219 + 1 + 37;
	r->story.shadow_adds = 37;
	r->story.removed_outside = 4;
	r->story.unevidenced = 2;
	r->story.undelivered = 1;
}

/* A ledger that began yesterday: next to nothing is known. */
static void case_empty(struct report *r, struct arena *a)
{
	(void)a;
	case_frame(r);
	r->first_at = CASE_NOW - CASE_DAY;
	r->filed_to_approved = (struct report_spread){0, -1, -1, -1, 0};
	r->approved_to_verified = r->filed_to_approved;
	r->deadline_to_removed = r->filed_to_approved;
	r->left_to_removed = r->filed_to_approved;
	r->elevated.baseline = -1;
	r->elevated.standing = -1;
	r->elevated.baseline_s = -1;
	r->elevated.standing_s = -1;
	r->elevated.removed = -1;
	r->reviews.roles_overdue = -1;
	r->minutes.saved = -1;
}

/* Everything that is named is hostile, and everything is bad. */
static void case_hostile(struct report *r, struct arena *a)
{
	const size_t n = sizeof(hostile_names) / sizeof(*hostile_names);
	char *longest = arena_alloc(a, 301);

	case_quarter(r, a);
	memset(longest, 'W', 300);
	r->ledger = hostile_names[1];
	r->head = hostile_names[3];
	r->requests.outcomes.list.n = 0;
	r->requests.channels.list.n = 0;
	r->removals.reasons.list.n = 0;
	r->minutes.steps.list.n = 0;
	r->minutes.cost.list.n = 0;
	r->minutes.roles.n = 0;
	r->seats.money.n = 0;
	case_role(r, a, longest, 9, 9, 9, 900);
	for (size_t i = 0; i < n; i++) {
		case_count(&r->requests.outcomes, a, hostile_names[i], 40);
		case_count(&r->requests.channels, a, hostile_names[i], 40);
		case_count(&r->removals.reasons, a, hostile_names[i], 3);
		case_count(&r->minutes.steps, a, hostile_names[i], 3);
		case_count(&r->minutes.cost, a, hostile_names[i], 3);
		case_role(r, a, hostile_names[i], 900, 800 - (int64_t)i, 3, 5);
		case_money(r, a, hostile_names[i], 2, 4201);
		strs_add(&r->reviews.overdue, a, hostile_names[i]);
	}
	r->requests.manual = 900;
	r->requests.automatic = 351;
	r->now_open.overdue = 12;
	r->now_open.parked = 3;
	r->now_open.unacknowledged = 2;
	r->now_open.worst_late_s = 3 * CASE_DAY;
}

static inline void case_fill(const char *name, struct report *r,
	struct arena *a)
{
	if (strcmp(name, "empty") == 0)
		case_empty(r, a);
	else if (strcmp(name, "hostile") == 0)
		case_hostile(r, a);
	else
		case_quarter(r, a);
}

#endif
