/*-------------------------------------------------------------------------
 *
 * config.h
 *		Reading of the settings from all their sources.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CONFIG_H
#define PG_ACU_CONFIG_H

#include "httpd/base/settings.h"

typedef enum ConfigResult
{
	CONFIG_GOOD,
	CONFIG_ANSWERED, /* --help or --version has been printed */
	CONFIG_BAD		 /* error says in one line what is wrong */
} ConfigResult;

/*
 * Settings from their defaults, the file that --config names, the environment
 * and the command line; the later one wins.  To be freed by config_free(),
 * whatever the result.
 */
extern ConfigResult config_read(Config *config, int argc, char **argv,
								char *error, size_t error_size);

extern void config_free(Config *config);

/* Overwrites connection strings that may have a password, so that lists of
 * processes do not show it. */
extern void config_hide_passwords(int argc, char **argv);

#endif
