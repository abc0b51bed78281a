/*-------------------------------------------------------------------------
 *
 * settings.h
 *		The settings pg_acu.*, as pg_acu.c defines them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SETTINGS_H
#define PG_ACU_SETTINGS_H

extern char *acu_database;		 /* that the worker connects to */
extern int acu_sample_interval;	 /* seconds; 0: off */
extern int acu_memory_interval;	 /* seconds */
extern int acu_sample_retention; /* minutes, this and the next three */
extern int acu_minute_retention;
extern int acu_query_retention;
extern int acu_query_hour_retention;
extern int acu_queries_per_minute;
extern bool acu_track_query_text;
extern int acu_query_text_length; /* bytes */
extern double acu_cpu_factor;
extern char *acu_region; /* whose prices are meant, checked on use */

#endif
