/* The table of providers and its words. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "idp.h"

static void every_driver_is_found_and_whole(void **state)
{
	const struct idp_driver *const *all = idp_drivers();

	(void)state;
	assert_non_null(all[0]);
	for (size_t i = 0; all[i] != NULL; i++) {
		const struct idp_driver *d = all[i];

		assert_ptr_equal(idp_driver_find(d->name), d);
		assert_non_null(d->find_user);
		assert_non_null(d->get_user);
		assert_non_null(d->get_group);
		assert_non_null(d->list_users);
		assert_non_null(d->list_groups);
		assert_non_null(d->list_members);
		assert_non_null(d->is_member);
		assert_non_null(d->add);
		assert_non_null(d->remove);
		assert_non_null(d->end_sessions);
		assert_true(d->sessions_say[0] != '\0');
		assert_true((d->set_expiry == NULL) ==
			(d->get_expiry == NULL));
		assert_non_null(d->configure);
		assert_non_null(d->service.classify);
		assert_true(d->reads >= 2);
		assert_true(d->gap_s > 0 && d->settle_s > d->gap_s);
		assert_true(d->service.parallel > 0);
	}
}

static void keys_and_probes_end_and_say_something(void **state)
{
	const struct idp_driver *const *all = idp_drivers();

	(void)state;
	for (size_t i = 0; all[i] != NULL; i++) {
		for (const struct idp_key *k = all[i]->keys; k->name; k++)
			assert_true(k->help != NULL && k->help[0] != '\0');
		for (const struct idp_probe *p = all[i]->probes; p->what; p++)
			assert_true(p->hint != NULL && p->step != NULL);
	}
}

/* A right that nothing can be read of says when it shows; one that can names
 * the word in its hint. The drivers' own tests go through their credentials. */
static void check_rights(const struct idp_right *r)
{
	assert_non_null(r->what);
	for (; r->what != NULL; r++) {
		char first[128];

		assert_true(r->hint != NULL && r->hint[0] != '\0');
		if (r->words == NULL)
			continue;
		snprintf(first, sizeof(first), "%.*s",
			(int)strcspn(r->words, " "), r->words);
		assert_has(r->hint, strrchr(first, '/') != NULL
			? strrchr(first, '/') + 1 : first);
	}
}

static const char *any_key(void *arg, const char *name)
{
	(void)arg;
	if (strcmp(name, "administrator") == 0)
		return "lapse@acme.example";
	return strcmp(name, "client-id") == 0 || strcmp(name, "key") == 0 ||
		strcmp(name, "tenant") == 0 ? "x" : NULL;
}

static void rights_and_refusals_have_a_next_step(void **state)
{
	const struct idp_driver *const *all = idp_drivers();

	(void)state;
	for (size_t i = 0; all[i] != NULL; i++) {
		AUTO_ARENA a = {0};
		struct remote r = {.name = "x", .base = NULL};
		struct auth_config auth;
		struct lapse_err err = {0};

		if (strcmp(all[i]->name, "okta") == 0)
			r.base = "acme.okta.com";
		assert_ok(all[i]->configure(any_key, NULL, &a, &r, &auth,
			&err));
		check_rights(all[i]->rights(&r));
		assert_true(all[i]->credential_hint[0] != '\0');
		for (const struct idp_excess *e = all[i]->excess; e->word; e++)
			assert_true(e->why[0] != '\0');
	}
}

static void an_unknown_name_finds_nothing(void **state)
{
	(void)state;
	assert_null(idp_driver_find("OKTA"));
	assert_null(idp_driver_find(""));
	assert_null(idp_driver_find(NULL));
}

static void every_word_is_said(void **state)
{
	(void)state;
	for (int s = IDP_ACTIVE; s <= IDP_STATUS_UNKNOWN + 1; s++)
		assert_true(idp_status_name((enum idp_status)s)[0] != '\0');
	for (int k = IDP_GROUP_OK; k <= IDP_GROUP_UNKNOWN + 1; k++)
		assert_true(idp_group_kind_text((enum idp_group_kind)k)[0] !=
			'\0');
	assert_string_equal(idp_status_name(IDP_SUSPENDED), "suspended");
	assert_string_equal(idp_group_kind_text(IDP_GROUP_RULE),
		"is fed by a group rule");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_driver_is_found_and_whole),
		cmocka_unit_test(keys_and_probes_end_and_say_something),
		cmocka_unit_test(rights_and_refusals_have_a_next_step),
		cmocka_unit_test(an_unknown_name_finds_nothing),
		cmocka_unit_test(every_word_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
