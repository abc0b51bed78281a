/* Unit tests of src/httpd/wire/wire.c. */
#include "httpd/wire/wire.h"

#include "bytes.h"

#include <string.h>

static void
a_parameter_has_two_texts(void **state)
{
	static const char body[] = "TimeZone\0UTC";
	Message message = { 'S', sizeof(body), body };
	Message cut = { 'S', sizeof(body) - 1, body };
	Message one = { 'S', 9, body };
	Message more = { 'S', 4, "a\0b\0\0" };
	Parameter parameter;

	(void) state;
	assert_true(wire_read_parameter(&message, &parameter));
	assert_string_equal(parameter.name, "TimeZone");
	assert_string_equal(parameter.value, "UTC");
	assert_false(wire_read_parameter(&cut, &parameter));
	assert_false(wire_read_parameter(&one, &parameter));
	assert_true(wire_read_parameter(&more, &parameter));
	more.size = 5;
	assert_false(wire_read_parameter(&more, &parameter));
}

static void
a_message_is_read_once_it_is_whole(void **state)
{
	static const char bytes[] = "D\0\0\0\x0c\0\1\0\0\0\2okZ\0\0\0\5I";
	Message message;
	ColumnValue value;

	(void) state;
	assert_false(wire_read(bytes, 4, &message));
	assert_int_equal(message.kind, 0);
	assert_false(wire_read(bytes, 12, &message));
	assert_int_equal(message.size, 8);
	assert_true(wire_read(bytes, sizeof(bytes) - 1, &message));
	assert_true(wire_read_value(&message, &value));
	assert_false(value.null);
	assert_int_equal(value.size, 2);
	assert_memory_equal(value.bytes, "ok", 2);
}

static void
a_length_below_its_own_is_a_violation(void **state)
{
	static const char bytes[] = "Z\0\0\0\3";
	Message message;

	(void) state;
	assert_true(wire_read(bytes, 5, &message));
	assert_int_equal(message.kind, 0);
	assert_int_equal(message.size, 0);
	assert_true(wire_read("Z\0\0\0\4", 5, &message));
	assert_int_equal(message.kind, 'Z');
	assert_int_equal(message.size, 0);
}

static void
a_value_must_be_as_long_as_it_says(void **state)
{
	Message longer = { 'D', 8, "\0\1\0\0\0\3ok" };
	Message two = { 'D', 8, "\0\2\0\0\0\2ok" };
	Message null = { 'D', 6, "\0\1\xff\xff\xff\xff" };
	Message negative = { 'D', 6, "\0\1\xff\xff\xff\xfe" };
	ColumnValue value;

	(void) state;
	assert_false(wire_read_value(&longer, &value));
	assert_false(wire_read_value(&two, &value));
	assert_false(wire_read_value(&negative, &value));
	assert_true(wire_read_value(&null, &value));
	assert_true(value.null);
}

static void
an_error_has_its_fields(void **state)
{
	static const char body[] = "SFEHLER\0VERROR\0C22023\0Mbad\0Hdo\0";
	Message message = { 'E', sizeof(body), body };
	Message cut = { 'E', 20, body };
	ServerError error;

	(void) state;
	assert_true(wire_read_error(&message, &error));
	assert_string_equal(error.severity, "ERROR");
	assert_string_equal(error.sqlstate, "22023");
	assert_string_equal(error.message, "bad");
	assert_string_equal(error.hint, "do");
	assert_null(error.detail);
	assert_false(wire_read_error(&cut, &error));
}

static void
a_message_begins_with_its_kind_and_length(void **state)
{
	static const struct
	{
		void (*write)(Buffer *out, const char *name);
		const char *bytes;
		size_t size;
	} messages[] = {
		{ wire_query, "Q\0\0\0\6x", 7 },
		{ wire_close, "C\0\0\0\7Sx", 8 },
		{ wire_bind_nothing, "B\0\0\0\x0d\0x\0\0\0\0\0\0", 14 },
	};
	Buffer parse = { 0 };
	Buffer rest = { 0 };

	(void) state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
	{
		Buffer out = { 0 };

		messages[i].write(&out, "x");
		assert_int_equal(buffer_length(&out), messages[i].size);
		assert_memory_equal(buffer_bytes(&out), messages[i].bytes,
							messages[i].size);
		free(out.data);
	}
	wire_parse(&parse, "x", "y");
	assert_bytes(&parse, "P\0\0\0\x0ax\0y\0\0\0");
	wire_execute(&rest);
	wire_sync(&rest);
	assert_bytes(&rest, "E\0\0\0\x09\0\0\0\0\0S\0\0\0\4");
}

static void
a_bind_has_values_and_nulls(void **state)
{
	Buffer out = { 0 };
	size_t begun = wire_bind_begin(&out, "x", 2);

	(void) state;
	wire_bind_value(&out, "ab", 2);
	wire_bind_null(&out);
	wire_bind_end(&out, begun, false);
	assert_bytes(&out, "B\0\0\0\x19\0x\0\0\0\0\2\0\0\0\2ab\xff\xff\xff\xff"
					   "\0\1\0\0");
}

static void
a_row_has_as_many_columns_as_are_expected(void **state)
{
	Message message = { 'D', 12, "\0\2\0\0\0\2ok\xff\xff\xff\xff" };
	Message cut = { 'D', 10, message.body };
	Message more = { 'D', 13, "\0\2\0\0\0\2ok\xff\xff\xff\xffx" };
	ColumnValue values[3];

	(void) state;
	assert_true(wire_read_row(&message, values, 2));
	assert_memory_equal(values[0].bytes, "ok", 2);
	assert_true(values[1].null);
	assert_false(wire_read_row(&message, values, 1));
	assert_false(wire_read_row(&message, values, 3));
	assert_false(wire_read_row(&cut, values, 2));
	assert_false(wire_read_row(&more, values, 2));
}

static void
a_bad_value_is_known_by_the_beginning_of_its_error(void **state)
{
	static const char bad[] = "SERROR\0C22P02\0Minvalid";
	static const char other[] = "SERROR\0C42501\0C22P02\0";

	(void) state;
	assert_true(wire_is_bad_value(bad, sizeof(bad) - 1));
	assert_false(wire_is_bad_value(bad, 12)); /* before the end of its code */
	assert_false(wire_is_bad_value(other, sizeof(other) - 1));
	assert_false(wire_is_bad_value("", 0));
}

static void
a_name_is_quoted(void **state)
{
	Buffer sql = { 0 };

	(void) state;
	wire_identifier(&sql, "a\"b c");
	assert_bytes(&sql, "\"a\"\"b c\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parameter_has_two_texts),
		cmocka_unit_test(a_message_is_read_once_it_is_whole),
		cmocka_unit_test(a_length_below_its_own_is_a_violation),
		cmocka_unit_test(a_value_must_be_as_long_as_it_says),
		cmocka_unit_test(an_error_has_its_fields),
		cmocka_unit_test(a_message_begins_with_its_kind_and_length),
		cmocka_unit_test(a_bind_has_values_and_nulls),
		cmocka_unit_test(a_row_has_as_many_columns_as_are_expected),
		cmocka_unit_test(a_bad_value_is_known_by_the_beginning_of_its_error),
		cmocka_unit_test(a_name_is_quoted),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
