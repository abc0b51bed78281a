/*-------------------------------------------------------------------------
 *
 * request.c
 *		Fuzzes the reading of requests: the framing, llhttp, the arguments.
 *
 * The first byte says in what pieces the rest comes.  Requests must be read
 * the same, however their bytes come.
 *
 *-------------------------------------------------------------------------
 */
#include "routed.h"

#include <stdlib.h>
#include <string.h>

static const FramingLimits limits = {
	.line_bytes = 256, .header_bytes = 512, .headers = 8, .body_bytes = 256
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns how many bytes belong to it. */
static size_t
read_one(Request *request, const char *bytes, size_t size, size_t piece)
{
	size_t taken = 0;

	while (taken < size && request->stage <= REQUEST_BODY)
	{
		size_t some = size - taken < piece ? size - taken : piece;
		RequestStage stage = request->stage;
		size_t read = request_read(request, bytes + taken, some);

		if (read > some || (read == 0 && request->stage == stage))
			abort();
		taken += read;
	}
	return request->stage == REQUEST_REFUSED ? 0 : taken;
}

static bool
same_bytes(const Buffer *a, const Buffer *b)
{
	return buffer_length(a) == buffer_length(b) &&
		   (buffer_length(a) == 0 ||
			memcmp(buffer_bytes(a), buffer_bytes(b), buffer_length(a)) == 0);
}

/* Aborts unless both are equal; which of several errors is found first may
 * differ. */
static void
compare(const Request *a, const Request *b)
{
	if (a->stage != b->stage)
		abort();
	if (a->stage == REQUEST_REFUSED &&
		(a->refusal.status < 400 || a->refusal.message == NULL))
		abort();
	if (a->stage != REQUEST_COMPLETE)
		return;
	if (!same_bytes(&a->target, &b->target) ||
		!same_bytes(&a->body, &b->body) || a->method != b->method ||
		a->path_length != b->path_length || a->keep_alive != b->keep_alive)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *) data + 1;
	size_t piece = size > 0 ? data[0] % 16 + 1 : 1;
	Request whole;
	Request pieces;

	if (size == 0)
		return 0;
	size--;
	request_init(&whole, &limits);
	request_init(&pieces, &limits);
	do
	{
		size_t taken = read_one(&whole, bytes, size, size);

		if (read_one(&pieces, bytes, size, piece) != taken)
			abort();
		compare(&whole, &pieces);
		if (whole.stage == REQUEST_COMPLETE)
			for (int body = 0; body < 2; body++)
				bind_and_check(routed(body), &whole);
		if (whole.stage != REQUEST_COMPLETE)
			break;
		bytes += taken;
		size -= taken;
		request_reset(&whole);
		request_reset(&pieces);
	} while (size > 0);
	request_free(&whole);
	request_free(&pieces);
	return 0;
}
