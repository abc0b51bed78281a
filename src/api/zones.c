/*-------------------------------------------------------------------------
 *
 * zones.c
 *		The names of the time zones that this server knows.
 *
 * Owns the list of names, one per backend, in a memory context of its own
 * that lives as long as the backend.  It is read once: a change of the
 * server's time zone files shows in new sessions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "api/zones.h"

#include "miscadmin.h"
#include "pgtime.h"
#include "utils/formatting.h"
#include "utils/memutils.h"
#include "utils/varlena.h"

/*
 * A name is near when at most this many letters are wrong, as PostgreSQL
 * itself holds it when it suggests a column name.
 */
#define NEAR_DISTANCE 3

static ZoneList *zones = NULL;

static ZoneList *read_zones(void);
static bool is_zone_name(const char *name);
static int compare_names(const void *a, const void *b);
static const char *
nearest_name(const char *wanted, const char *(*part)(const char *name));
static const char *whole_name(const char *name);
static const char *city_name(const char *name);
static int edit_distance(const char *wanted, const char *name, int limit);

const ZoneList *
zones_list(void)
{
	MemoryContext context;
	MemoryContext caller;

	if (zones != NULL)
		return zones;

	/* Kept only once complete: an error or a cancel on the way frees it all. */
	context = AllocSetContextCreate(CurrentMemoryContext, "pg_acu time zones",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	zones = read_zones();
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, TopMemoryContext);
	return zones;
}

const char *
zones_find(const char *name)
{
	const ZoneList *list = zones_list();
	char **found =
		bsearch(&name, list->names, list->count, sizeof(char *), compare_names);

	return found ? *found : NULL;
}

const char *
zones_nearest(const char *name)
{
	const char *nearest;
	char *wanted;

	/* No name is that long, and PostgreSQL's distance has a limit too. */
	if (strlen(name) > TZ_STRLEN_MAX)
		return NULL;

	/* Whoever writes UTC+3 means the opposite of Etc/GMT+3: do not guess. */
	if (strpbrk(name, "+0123456789") != NULL)
		return NULL;

	wanted = asc_tolower(name, strlen(name));
	nearest = nearest_name(wanted, whole_name);
	return nearest ? nearest : nearest_name(wanted, city_name);
}

static ZoneList *
read_zones(void)
{
	ZoneList *list = palloc(sizeof(ZoneList));
	int room = 1024;
	pg_tzenum *files = pg_tzenumerate_start();
	pg_tz *zone;

	list->count = 0;
	list->names = palloc(room * sizeof(char *));
	while ((zone = pg_tzenumerate_next(files)) != NULL)
	{
		const char *name = pg_get_timezone_name(zone);

		CHECK_FOR_INTERRUPTS();
		if (!is_zone_name(name))
			continue;
		if (list->count == room)
		{
			room *= 2;
			list->names = repalloc(list->names, room * sizeof(char *));
		}
		list->names[list->count++] = pstrdup(name);
	}
	pg_tzenumerate_end(files);

	qsort(list->names, list->count, sizeof(char *), compare_names);
	return list;
}

/*
 * The time zone folder also holds second copies of everything and a few files
 * that are settings of the machine, or place-holders, and no zones.
 */
static bool
is_zone_name(const char *name)
{
	return strncmp(name, "posix/", 6) != 0 && strncmp(name, "right/", 6) != 0 &&
		   strcmp(name, "posixrules") != 0 && strcmp(name, "localtime") != 0 &&
		   strcmp(name, "Factory") != 0;
}

static int
compare_names(const void *a, const void *b)
{
	return pg_strcasecmp(*(char *const *) a, *(char *const *) b);
}

/* The nearest by one part of the name; the first of several. */
static const char *
nearest_name(const char *wanted, const char *(*part)(const char *name))
{
	const ZoneList *list = zones_list();
	const char *nearest = NULL;
	int limit = Min(NEAR_DISTANCE, (int) strlen(wanted) / 3);

	for (int i = 0; i < list->count && limit > 0; i++)
	{
		int distance = edit_distance(wanted, part(list->names[i]), limit);

		if (distance <= limit)
		{
			nearest = list->names[i];
			limit = distance - 1; /* only a nearer one may replace it */
		}
	}
	return nearest;
}

static const char *
whole_name(const char *name)
{
	return name;
}

static const char *
city_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* Letters to insert, delete or change, case aside; limit + 1 when more. */
static int
edit_distance(const char *wanted, const char *name, int limit)
{
	char *lowered = asc_tolower(name, strlen(name));
	int distance = varstr_levenshtein_less_equal(
		wanted, strlen(wanted), lowered, strlen(lowered), 1, 1, 1, limit, true);

	pfree(lowered);
	return distance;
}
