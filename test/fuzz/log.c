/*-------------------------------------------------------------------------
 *
 * log.c
 *		Fuzzes the quoting of the log: one line of printable text comes out.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/buffer.h"
#include "httpd/base/log.h"
#include "httpd/base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *value = copy_bytes((const char *) data, size);
	Buffer line = { 0 };

	log_quote(&line, value);
	if (!is_text(buffer_bytes(&line), buffer_length(&line)))
		abort();
	for (size_t i = 0; i < buffer_length(&line); i++)
	{
		unsigned char byte = (unsigned char) line.data[i];

		if (byte < 0x20 || byte == 0x7f ||
			(byte == 0xc2 && (unsigned char) line.data[i + 1] < 0xa0))
			abort();
	}
	free(line.data);
	free(value);
	return 0;
}
