/*-------------------------------------------------------------------------
 *
 * settings.h
 *		The settings pg_acu.*, as pg_acu.c defines them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SETTINGS_H
#define PG_ACU_SETTINGS_H

extern char *acu_database;		 /* of the worker */
extern int acu_sample_interval;	 /* seconds; 0: off */
extern int acu_memory_interval;	 /* seconds; 0: off */
extern int acu_lock_timeout;	 /* milliseconds, of the worker */
extern int acu_work_mem;		 /* kB, of the worker */
extern int acu_sample_retention; /* minutes, here and below */
extern int acu_minute_retention;
extern int acu_query_retention;
extern int acu_query_hour_retention;
extern int acu_queries_per_minute;
extern bool acu_track_query_text;
extern int acu_query_text_length; /* bytes */
extern double acu_cpu_factor;
extern char *acu_region; /* default for prices; checked on use */

#endif
