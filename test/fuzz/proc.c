/*-------------------------------------------------------------------------
 *
 * proc.c
 *		Fuzzes the reading of /proc and of control groups.
 *
 *-------------------------------------------------------------------------
 */
#include "stats/proc.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	ProcStat stat;

	memcpy(text, data, size);
	text[size] = '\0';
	if (proc_stat_parse(text, &stat) && (stat.own < 0 || stat.reaped < 0))
		abort();
	if (!(cpu_max_parse(text) >= 0))
		abort();
	free(text);
	return 0;
}
