/* The table of providers and its words. */
#include "unit.h"
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
		cmocka_unit_test(an_unknown_name_finds_nothing),
		cmocka_unit_test(every_word_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
