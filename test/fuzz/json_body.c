/*-------------------------------------------------------------------------
 *
 * json_body.c
 *		Fuzzes the reading of JSON bodies, as arguments by name and as a whole.
 *
 *-------------------------------------------------------------------------
 */
#include "routed.h"

#include <stdlib.h>
#include <string.h>

static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\n"
						   "Content-Type: application/json\r\n"
						   "Content-Length: ";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const FramingLimits limits = { .line_bytes = 256,
										  .header_bytes = 512,
										  .headers = 8,
										  .body_bytes = 1 << 20 };
	Request request;
	Buffer bytes = { 0 };
	size_t taken = 0;

	buffer_append_string(&bytes, head);
	buffer_append_uint(&bytes, size);
	buffer_append_string(&bytes, "\r\n\r\n");
	buffer_append(&bytes, data, size);

	request_init(&request, &limits);
	while (taken < buffer_length(&bytes) && request.stage <= REQUEST_BODY)
		taken += request_read(&request, buffer_bytes(&bytes) + taken,
							  buffer_length(&bytes) - taken);
	if (request.stage != REQUEST_COMPLETE ||
		buffer_length(&request.body) != size)
		abort();
	for (int body = 0; body < 2; body++)
		bind_and_check(routed(body), &request);
	request_free(&request);
	free(bytes.data);
	return 0;
}
