/*-------------------------------------------------------------------------
 *
 * zones.h
 *		The names of the time zones that this server knows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ZONES_H
#define PG_ACU_ZONES_H

typedef struct ZoneList
{
	int count;
	char **names; /* in the order of pg_strcasecmp */
} ZoneList;

/*
 * All names, sorted.  The first call in a backend reads every file of the
 * server's time zone database (about 100 ms); the later ones cost nothing.
 */
extern const ZoneList *zones_list(void);

/* The name as the database spells it, in whatever case it is given; or NULL. */
extern const char *zones_find(const char *name);

/*
 * The zone that was probably meant by a name that zones_find does not know
 * ("America/New York", "tokio"), or NULL when none is near.
 */
extern const char *zones_nearest(const char *name);

#endif
