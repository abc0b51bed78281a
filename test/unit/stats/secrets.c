/* Unit tests of src/stats/secrets.c. */
#include "stats/secrets.h"

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
nor_a_value_of_a_setting(void **state)
{
	(void) state;
	assert_kept("SET my.password = hunter2", "SET my.password = ");
	assert_kept("set local my.password to \"hunter2\"",
				"set local my.password to ");
	assert_kept("SET my.pin=12345678", "SET my.pin=");
	assert_kept("SET \"my.x\"TO\"hunter2\"", "SET \"my.x\"TO");
	assert_kept("SET my.x/**/TO/**/hunter2", "SET my.x/**/TO");
	assert_kept("/* it's /* = */ not */ -- my = x\n SET my.x = $a$hunter2$a$",
				"/* it's /* = */ not */ -- my = x\n SET my.x = ");
	assert_kept("ALTER ROLE bob IN DATABASE d SET my.x TO hunter2",
				"ALTER ROLE bob IN DATABASE d SET my.x TO ");
	assert_kept("ALTER DATABASE d SET password.x = hunter2",
				"ALTER DATABASE d SET password.x = ");
	assert_kept("ALTER SYSTEM SET archive_command = 'scp -i hunter2 %p'",
				"ALTER SYSTEM SET archive_command = ");
}

static void
nor_an_argument_of_a_command(void **state)
{
	(void) state;
	assert_kept("CALL enter('bob', 'hunter2')", "CALL enter(");
	assert_kept(" /* who */ call enter('bob')", " /* who */ call enter(");
	assert_kept("COPY t FROM PROGRAM 'mysql -phunter2'",
				"COPY t FROM PROGRAM ");
	assert_kept("CREATE TABLE t AS SELECT pgp_sym_encrypt(a, 'hunter2') FROM u",
				"CREATE TABLE t AS SELECT pgp_sym_encrypt(a, ");
	assert_kept("EXPLAIN SELECT login('bob', 'hunter2')",
				"EXPLAIN SELECT login(");
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
		"UPDATE account SET password = crypt($1, $2) WHERE a.id = $3",
		"SET work_mem = '64MB'",
		"SET work_mem TO 1000",
		"SET",
		"alter",
		"ALTER TABLE public.t RENAME TO u",
		"ALTER TABLE public.t SET (fillfactor = 70)",
		"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE t SET a = "
		"t.b WHERE c = 1 $$",
		"/* unfinished",
		"-- unfinished",
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
		cmocka_unit_test(nor_a_value_of_a_setting),
		cmocka_unit_test(nor_an_argument_of_a_command),
		cmocka_unit_test(queries_are_kept_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
