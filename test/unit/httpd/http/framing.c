/* Unit tests of src/httpd/http/framing.c. */
#include "httpd/http/framing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define HEAD "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static const FramingLimits limits = {
	.line_bytes = 40, .header_bytes = 60, .headers = 3, .body_bytes = 20
};

static Framing framing;
static Refusal refusal;
static char body[256]; /* pieces of the body, with | behind each */

/* Passes bytes until they end, the request does, or it is refused; behind the
 * head comes a body of so many bytes, or -1: of chunks.  Returns how many. */
static size_t
pass(const char *bytes, size_t size, int length)
{
	size_t at = 0;

	while (at < size && framing.part != FRAMING_DONE && refusal.status == 0)
	{
		BodyPiece piece;

		at += framing_pass(&framing, &limits, bytes + at, size - at, &piece,
						   &refusal);
		if (piece.size > 0)
			strcat(strncat(body, piece.bytes, piece.size), "|");
		if (framing.part == FRAMING_BODY && framing.left == 0)
		{
			if (length < 0)
				framing_expect_chunks(&framing);
			else
				framing_expect_bytes(&framing, (uint64_t) length);
		}
	}
	return at;
}

static size_t
pass_request(const char *bytes, int length)
{
	framing_init(&framing);
	memset(&refusal, 0, sizeof(refusal));
	*body = '\0';
	return pass(bytes, strlen(bytes), length);
}

static void
assert_passes(const char *bytes, int length, const char *expected_body)
{
	size_t passed = pass_request(bytes, length);

	assert_int_equal(refusal.status, 0);
	assert_int_equal(framing.part, FRAMING_DONE);
	assert_int_equal(passed, strlen(bytes));
	assert_string_equal(body, expected_body);
}

static void
assert_refused(const char *bytes, int length, int status, const char *message)
{
	pass_request(bytes, length);
	assert_int_equal(refusal.status, status);
	assert_string_equal(refusal.message, message);
}

static void
a_request_ends_where_its_head_says(void **state)
{
	(void) state;
	assert_passes(HEAD, 0, "");
	assert_passes(HEAD "abc", 3, "abc|");
	assert_int_equal(pass_request(HEAD "abcd", 3), strlen(HEAD) + 3);
	assert_passes("\r\n" HEAD, 0, "");
	pass_request(HEAD "ab", 3);
	assert_int_equal(framing.part, FRAMING_BODY);
}

static void
it_stops_behind_the_head(void **state)
{
	BodyPiece piece;

	(void) state;
	framing_init(&framing);
	memset(&refusal, 0, sizeof(refusal));
	assert_int_equal(framing_pass(&framing, &limits, HEAD "abc",
								  strlen(HEAD "abc"), &piece, &refusal),
					 strlen(HEAD));
	assert_int_equal(framing.part, FRAMING_BODY);
	assert_int_equal(piece.size, 0);
}

static void
chunks_are_joined(void **state)
{
	(void) state;
	assert_passes(HEAD "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", -1, "abc|de|");
	assert_passes(HEAD "00A\r\n0123456789\r\n0\r\n\r\n", -1, "0123456789|");
	assert_passes(HEAD "0\r\n\r\n", -1, "");
}

static void
chunks_have_extensions_and_trailers(void **state)
{
	static const char *const extensions[] = { ";a",			 ";a=b",
											  ";a=\"b\"",	 "; a = b ;c",
											  ";a=\"\\\"\"", ";a;b" };

	(void) state;
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
	{
		char bytes[128];

		snprintf(bytes, sizeof(bytes),
				 HEAD "1%s\r\nx\r\n0\r\nTrailer: y\r\n\r\n", extensions[i]);
		assert_passes(bytes, -1, "x|");
	}
}

static void
bad_chunks_are_refused(void **state)
{
	static const char bad_extension[] =
		"a chunk extension that is not ;name or ;name=value";

	(void) state;
	assert_refused(HEAD "\r\n", -1, 400, "a chunk without a size");
	assert_refused(HEAD "x\r\n", -1, 400,
				   "a chunk size that is not a hexadecimal number");
	assert_refused(HEAD "1 \r\n", -1, 400,
				   "a chunk size that is not a hexadecimal number");
	assert_refused(HEAD "0x1\r\n", -1, 400,
				   "a chunk size that is not a hexadecimal number");
	assert_refused(HEAD "0000000000000001\r\n", -1, 413,
				   "a chunk that is too large");
	assert_refused(HEAD "1\r\nxy", -1, 400,
				   "a chunk that does not end with CR and LF");
	assert_refused(HEAD "1\r\nx\n", -1, 400,
				   "a chunk that does not end with CR and LF");
	assert_refused(HEAD "1;\r\n", -1, 400, bad_extension);
	assert_refused(HEAD "1;a=\r\n", -1, 400, bad_extension);
	assert_refused(HEAD "1;a b\r\n", -1, 400, bad_extension);
	assert_refused(HEAD "1;a=\"b\r\n", -1, 400, bad_extension);
	assert_refused(HEAD "1;a=\"\x01", -1, 400,
				   "a control byte in a chunk extension");
	assert_refused(HEAD "1\n", -1, 400, "an LF without a CR");
	assert_refused(HEAD "0\r\n: x\r\n\r\n", -1, 400,
				   "a trailer without a name");
}

static void
request_lines_have_one_form(void **state)
{
	(void) state;
	assert_refused("GET  / HTTP/1.1\r\n", 0, 400,
				   "blanks in the request line where none belong");
	assert_refused(" GET / HTTP/1.1\r\n", 0, 400,
				   "blanks in the request line where none belong");
	assert_refused("GET / HTTP/1.1 \r\n", 0, 400,
				   "blanks in the request line where none belong");
	assert_refused("GET /\r\n", 0, 400, "a request line without a version");
	assert_refused("GET / HTTP/1.\r\n", 0, 400,
				   "a request line without a version");
	assert_refused("GET / http/1.1\r\n", 0, 400,
				   "a version that is not of the form HTTP/1.1");
	assert_refused("GET / HTTP/1.10\r\n", 0, 400,
				   "a version that is not of the form HTTP/1.1");
	assert_refused("GET / HTTP/2.0\r\n", 0, 505,
				   "only HTTP/1.0 and HTTP/1.1 are spoken here");
	assert_refused("GET /\x7f HTTP/1.1\r\n", 0, 400,
				   "a byte in the request line that must be escaped");
	assert_refused("GET /\xc3 HTTP/1.1\r\n", 0, 400,
				   "a byte in the request line that must be escaped");
	assert_refused("\r\n\r\n", 0, 400,
				   "empty lines in place of a request line");
}

static void
lines_end_with_cr_and_lf(void **state)
{
	(void) state;
	assert_refused("GET / HTTP/1.1\n", 0, 400, "an LF without a CR");
	assert_refused("GET / HTTP/1.1\rX", 0, 400, "a CR without an LF");
	assert_refused("GET / HTTP/1.1\r\nA: b\n", 0, 400, "an LF without a CR");
	assert_refused("GET / HTTP/1.1\r\nA: b\rc", 0, 400, "a CR without an LF");
	assert_refused("GET / HTTP/1.1\r\n\rX", 0, 400, "a CR without an LF");
}

static void
header_names_are_tokens(void **state)
{
	(void) state;
	assert_refused("GET / HTTP/1.1\r\n: x\r\n", 0, 400,
				   "a header without a name");
	assert_refused("GET / HTTP/1.1\r\nA\r\n", 0, 400,
				   "a header without a colon");
	assert_refused("GET / HTTP/1.1\r\nA : x\r\n", 0, 400,
				   "a blank in, before or after the name of a header");
	assert_refused("GET / HTTP/1.1\r\nA: x\r\n folded\r\n", 0, 400,
				   "a blank in, before or after the name of a header");
	assert_refused("GET / HTTP/1.1\r\nA(: x\r\n", 0, 400,
				   "an invalid byte in the name of a header");
	assert_refused("GET / HTTP/1.1\r\nA: \x01\r\n", 0, 400,
				   "a control byte in a header");
	assert_passes("GET / HTTP/1.1\r\nA:\xc3\xa4\r\n\r\n", 0, "");
}

static void
limits_hold_to_the_byte(void **state)
{
	(void) state;
	assert_passes("GET /01234567890123456789012345 HTTP/1.1\r\n\r\n", 0, "");
	assert_refused("GET /012345678901234567890123456 HTTP/1.1\r\n\r\n", 0, 414,
				   "the request line is too long");
	assert_passes("GET / HTTP/1.1\r\nA: b\r\nC: d\r\nE: f\r\n\r\n", 0, "");
	assert_refused("GET / HTTP/1.1\r\nA: b\r\nC: d\r\nE: f\r\nG: h\r\n\r\n", 0,
				   431, "too many headers");
	assert_refused("GET / HTTP/1.1\r\nA: 0123456789012345678901234567890123456"
				   "789012345678901234567890\r\n\r\n",
				   0, 431, "the headers are too long");
	assert_passes(HEAD "14\r\n01234567890123456789\r\n0\r\n\r\n", -1,
				  "01234567890123456789|");
	assert_refused(HEAD "15\r\n", -1, 413, "the body is too large");
	assert_refused(HEAD "14\r\n01234567890123456789\r\n1\r\n", -1, 413,
				   "the body is too large");
}

static void
extensions_and_trailers_are_limited_together(void **state)
{
	static char bytes[6000];
	char *end = stpcpy(bytes, HEAD "0;");

	(void) state;
	memset(end, 'a', 4097);
	strcpy(end + 4097, "\r\n");
	assert_refused(bytes, -1, 400, "chunk extensions that are too long");
	strcpy(end + 4000, "\r\nA: ");
	memset(bytes + strlen(bytes), 'a', 100);
	assert_refused(bytes, -1, 431, "the trailers are too long");
}

static void
the_parser_sees_what_it_understands(void **state)
{
	BodyPiece piece;

	(void) state;
	framing_init(&framing);
	memset(&refusal, 0, sizeof(refusal));
	assert_int_equal(framing_pass(&framing, &limits, "GET / HTTP/1.7\r\n", 16,
								  &piece, &refusal),
					 14);
	assert_int_equal(framing.instead, '1');
	assert_int_equal(
		framing_pass(&framing, &limits, "\r\nA:\tb", 6, &piece, &refusal), 5);
	assert_int_equal(framing.instead, ' ');
}

static void
the_first_refusal_counts(void **state)
{
	Refusal first = { 0 };

	(void) state;
	refusal_set(&first, 400, "a");
	refusal_set(&first, 500, "b");
	assert_int_equal(first.status, 400);
	assert_string_equal(first.message, "a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_ends_where_its_head_says),
		cmocka_unit_test(it_stops_behind_the_head),
		cmocka_unit_test(chunks_are_joined),
		cmocka_unit_test(chunks_have_extensions_and_trailers),
		cmocka_unit_test(bad_chunks_are_refused),
		cmocka_unit_test(request_lines_have_one_form),
		cmocka_unit_test(lines_end_with_cr_and_lf),
		cmocka_unit_test(header_names_are_tokens),
		cmocka_unit_test(limits_hold_to_the_byte),
		cmocka_unit_test(extensions_and_trailers_are_limited_together),
		cmocka_unit_test(the_parser_sees_what_it_understands),
		cmocka_unit_test(the_first_refusal_counts),
	};

	return cmocka_run_group_tests_name("framing", tests, NULL, NULL);
}
