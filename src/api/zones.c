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

#include "backend/nearest.h"

#include "miscadmin.h"
#include "pgtime.h"
#include "utils/memutils.h"

static ZoneList *zones = NULL;

/*
 * Whether a file of the time zone folder is a zone: it also has second copies
 * of everything, and a few files that are settings of the machine or
 * place-holders.
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

/* Reads the names from the server's time zone files, sorted, in the current
 * memory context. */
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

const ZoneList *
zones_list(void)
{
	MemoryContext context;
	MemoryContext caller;

	if (zones != NULL)
		return zones;

	/* The context moves below TopMemoryContext once the list is complete: an
	 * error or a cancel on the way frees all of it. */
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

/* The part of a zone's name behind the last slash; all of it without one. */
static const char *
city_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

const char *
zones_nearest(const char *name)
{
	const ZoneList *list = zones_list();
	const char **cities;
	int found;

	/* No guess at UTC+3, which means the opposite of Etc/GMT+3. */
	if (strpbrk(name, "+0123456789") != NULL)
		return NULL;

	if (nearest_names(name, (const char *const *) list->names, list->count,
					  &found, 1) > 0)
		return list->names[found];

	cities = palloc(list->count * sizeof(char *));
	for (int i = 0; i < list->count; i++)
		cities[i] = city_name(list->names[i]);
	if (nearest_names(name, cities, list->count, &found, 1) == 0)
		return NULL;
	return list->names[found];
}
