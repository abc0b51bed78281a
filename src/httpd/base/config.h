/*-------------------------------------------------------------------------
 *
 * config.h
 *		Settings: one table that drives parsing, --help and reloading.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CONFIG_H
#define PG_ACU_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Durations in milliseconds, sizes in bytes; what each means: settings[]. */
typedef struct Config
{
	char *listen;
	char *health_listen;
	char *dsn;
	char *config;
	int64_t workers;
	int64_t connections;
	int64_t solo_connections;
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

typedef enum ConfigResult
{
	CONFIG_GOOD,
	CONFIG_SAID, /* --help or --version has been answered */
	CONFIG_BAD	 /* error says what is wrong, in one line */
} ConfigResult;

/*
 * Settings from their defaults, the file that --config names, the environment
 * and the command line; the later one wins.
 */
extern ConfigResult config_read(Config *config, int argc, char **argv,
								char *error, size_t error_size);

extern void config_free(Config *config);

/* Overwrites connection strings that may have a password, so that lists of
 * processes do not show it. */
extern void config_hide_passwords(int argc, char **argv);

#endif
