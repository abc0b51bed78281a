/* Unit tests of src/workload/secrets.c. */
#include "workload/secrets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* In memory of exactly its size, so that ASan sees who reads on. */
static size_t
kept_bytes(const char *text)
{
	size_t length = strlen(text);
	char *copy = malloc(length > 0 ? length : 1);
	size_t kept;

	memcpy(copy, text, length);
	kept = bytes_without_secrets(copy, length);
	free(copy);
	return kept;
}

static void
assert_kept(const char *text, const char *part)
{
	assert_int_equal(kept_bytes(text), strlen(part));
	assert_memory_equal(text, part, strlen(part));
}

static void
no_password_of_a_role_is_kept(void **state)
{
	(void) state;
	assert_kept("CREATE ROLE bob LOGIN PASSWORD 'hunter2'",
				"CREATE ROLE bob LOGIN PASSWORD ");
	assert_kept("alter user bob with encrypted password E'hun\\'ter2' LOGIN",
				"alter user bob with encrypted password E");
	assert_kept("ALTER ROLE bob PASSWORD U&'\\0041' UESCAPE '!'",
				"ALTER ROLE bob PASSWORD U&");
	assert_kept("ALTER GROUP g /* it's */ PASSWORD $$hunter2$$",
				"ALTER GROUP g /* it");
	assert_kept("ALTER ROLE bob PASSWORD $tag$hunter2$tag$",
				"ALTER ROLE bob PASSWORD ");
	assert_kept("ALTER ROLE bob VALID UNTIL '2030-01-01' PASSWORD 'hunter2'",
				"ALTER ROLE bob VALID UNTIL ");
	assert_kept("ALTER ROLE bob\nPaSsWoRd\n'hunter2'",
				"ALTER ROLE bob\nPaSsWoRd\n");
}

static void
nor_one_of_another_server(void **state)
{
	(void) state;
	assert_kept("CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'bob', "
				"password 'hunter2')",
				"CREATE USER MAPPING FOR bob SERVER s OPTIONS (user ");
	assert_kept("ALTER SERVER s OPTIONS (ADD U&\"p\\0061sswd\" 'hunter2')",
				"ALTER SERVER s OPTIONS (ADD U&\"p\\0061sswd\" ");
	assert_kept("CREATE SUBSCRIPTION s CONNECTION "
				"'postgresql://bob:hunter2@host/db' PUBLICATION p",
				"CREATE SUBSCRIPTION s CONNECTION ");
	assert_kept("ALTER SYSTEM SET primary_conninfo = 'postgresql:bob:hunter2'",
				"ALTER SYSTEM SET primary_conninfo = ");
	assert_kept("COPY t FROM PROGRAM 'curl https://bob:hunter2@host'",
				"COPY t FROM PROGRAM ");
}

static void
nor_one_inside_of_a_block(void **state)
{
	(void) state;
	assert_kept("DO $$ DECLARE x text := 'hunter2'; BEGIN EXECUTE "
				"format('ALTER ROLE bob PASSWORD %L', x); END $$",
				"DO ");
	assert_kept("DO LANGUAGE plpgsql $_$ ... password $_$",
				"DO LANGUAGE plpgsql ");
}

static void
queries_are_kept_whole(void **state)
{
	const char *const whole[] = {
		"",
		"SELECT $1",
		"SELECT * FROM account WHERE password = $1 AND token = $2",
		"SELECT 'a literal'",
		"CREATE TABLE t (a text DEFAULT 'x')",
		"password",
		"$",
		"password $",
	};

	(void) state;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		assert_kept(whole[i], whole[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_password_of_a_role_is_kept),
		cmocka_unit_test(nor_one_of_another_server),
		cmocka_unit_test(nor_one_inside_of_a_block),
		cmocka_unit_test(queries_are_kept_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
