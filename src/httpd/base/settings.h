/*-------------------------------------------------------------------------
 *
 * settings.h
 *		The settings of pg_acu_httpd: one table of their names, types, limits
 *		and meanings.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_HTTPD_SETTINGS_H
#define PG_ACU_HTTPD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The values.  Durations are in milliseconds, sizes in bytes; the meaning of
 * each is in the table of settings.c. */
typedef struct Config
{
	char *listen;
	char *health_listen;
	char *dsn;
	char *config;
	int64_t workers;
	int64_t connections;
	int64_t dedicated_connections;
	int64_t max_in_flight;
	int64_t max_clients;
	int64_t max_line_bytes;
	int64_t max_header_bytes;
	int64_t max_body_bytes;
	int64_t max_bodies_bytes;
	int64_t max_reply_bytes;
	int64_t max_unsent_bytes;
	int64_t header_timeout;
	int64_t body_timeout;
	int64_t body_rate;
	int64_t idle_timeout;
	int64_t statement_timeout;
	int64_t drain_timeout;
	int64_t idle_disconnect;
	char *cors_origin;
	char *allowed_hosts;
	char *trusted_proxies;
	bool access_log;
	bool allow_superuser;
	bool allow_root;
} Config;

/* A row of the table. */
typedef struct Setting Setting;

/* Where the reason is put when settings are wrong: one line. */
typedef struct SettingsError
{
	char *text;
	size_t size;
} SettingsError;

/* Writes the reason; always false, to be returned. */
extern bool settings_fail(SettingsError *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

extern void settings_set_defaults(Config *config);
extern void settings_free(Config *config);

/* The setting of a name, as in the config file, or NULL. */
extern const Setting *settings_find(const char *name, size_t length);

/*
 * Gives a setting a value.  source is where the value comes from, such as a
 * flag, for the reason when it is invalid; then false.
 */
extern bool
setting_set(Config *config, const Setting *setting, const char *value,
			const char *source, SettingsError *error);

/* Takes one setting, or all, from the environment, where that has them. */
extern bool setting_read_environment(Config *config, const Setting *setting,
									 SettingsError *error);
extern bool settings_read_environment(Config *config, SettingsError *error);

/* Prints the table, for --help. */
extern void settings_print(void);

#endif
