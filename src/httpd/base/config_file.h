/*-------------------------------------------------------------------------
 *
 * config_file.h
 *		The config file: lines of name = value.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CONFIG_FILE_H
#define PG_ACU_CONFIG_FILE_H

#include "httpd/base/settings.h"

/*
 * Takes the settings that the file has.  False when it cannot be read, when a
 * line is invalid, or when its permissions let others change it or read a
 * password in it.
 */
extern bool
config_file_read(Config *config, const char *path, SettingsError *error);

#endif
