/*-------------------------------------------------------------------------
 *
 * config.c
 *		Reading of the settings from all their sources, and --help.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/config.h"

#include "httpd/base/config_file.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

static void
print_help(void)
{
	puts(
		"pg_acu_httpd answers HTTP requests with the functions of acu.route.\n\n"
		"Usage: pg_acu_httpd [--FLAG VALUE]...\n");
	settings_print();
	puts(
		"  --help                  print this text and exit\n"
		"  --version               print the version and exit\n\n"
		"Durations take a unit (500ms, 10s, 1min), sizes too (16kB, 1MB).\n"
		"SIGTERM ends the server once the requests under way are answered; SIGHUP\n"
		"reads the config file again and starts new workers.");
}

/* The message does not repeat a word that is not a flag: it may be a connection
 * string with a password. */
static void
refuse_flag(SettingsError *error, int number, const char *flag,
			size_t name_length)
{
	if (flag[0] == '-')
		settings_fail(error, "there is no flag \"%.*s\"; see --help",
					  (int) name_length, flag);
	else
		settings_fail(error, "argument %d is not a flag; see --help", number);
}

/* Takes the settings that the flags have; of them --config alone when
 * only_config is true. */
static ConfigResult
read_flags(Config *config, int argc, char **argv, bool only_config,
		   SettingsError *error)
{
	const Setting *config_setting = settings_find("config", strlen("config"));

	for (int i = 1; i < argc; i++)
	{
		const char *flag = argv[i];
		int length = (int) strcspn(flag, "=");
		const char *value = flag[length] == '=' ? flag + length + 1 : NULL;
		const Setting *setting = NULL;
		char source[64];

		if (strcmp(flag, "--help") == 0)
			return print_help(), CONFIG_ANSWERED;
		if (strcmp(flag, "--version") == 0)
			return puts("pg_acu_httpd " PG_ACU_VERSION), CONFIG_ANSWERED;
		if (strncmp(flag, "--", 2) == 0)
			setting = settings_find(flag + 2, (size_t) length - 2);
		if (setting == NULL)
		{
			refuse_flag(error, i, flag, (size_t) length);
			return CONFIG_BAD;
		}
		if (value == NULL && i + 1 < argc)
			value = argv[++i];
		if (value == NULL)
		{
			settings_fail(error, "flag \"%s\" needs a value; see --help", flag);
			return CONFIG_BAD;
		}
		snprintf(source, sizeof(source), "%.*s", length, flag);
		if ((!only_config || setting == config_setting) &&
			!setting_set(config, setting, value, source, error))
			return CONFIG_BAD;
	}
	return CONFIG_GOOD;
}

/* The message does not repeat what libpq says, which may have a password. */
static bool
check_dsn(const Config *config, SettingsError *error)
{
	const char *dsn = config->dsn;
	PQconninfoOption *options;
	char *reason = NULL;
	bool good;

	/* A word alone is the name of a database. */
	if (strchr(dsn, '=') == NULL && strstr(dsn, "://") == NULL)
		return true;
	options = PQconninfoParse(dsn, &reason);
	good = options != NULL;
	PQconninfoFree(options);
	PQfreemem(reason);
	return good ||
		   settings_fail(error, "\"dsn\" must be a connection string of libpq,"
								" such as host=HOST user=ROLE dbname=NAME");
}

ConfigResult
config_read(Config *config, int argc, char **argv, char *error_text,
			size_t error_size)
{
	SettingsError error = { error_text, error_size };
	ConfigResult result;

	settings_set_defaults(config);

	/* The file comes before the flags and the environment, which may name it.
	 */
	if (!setting_read_environment(
			config, settings_find("config", strlen("config")), &error))
		return CONFIG_BAD;
	result = read_flags(config, argc, argv, true, &error);
	if (result != CONFIG_GOOD)
		return result;
	if (*config->config != '\0' &&
		!config_file_read(config, config->config, &error))
		return CONFIG_BAD;
	if (!settings_read_environment(config, &error))
		return CONFIG_BAD;
	result = read_flags(config, argc, argv, false, &error);
	if (result == CONFIG_GOOD && !check_dsn(config, &error))
		return CONFIG_BAD;
	return result;
}

void
config_free(Config *config)
{
	settings_free(config);
}

void
config_hide_passwords(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
	{
		char *value = argv[i];

		if (strcmp(value, "--dsn") == 0)
			continue;
		if (strncmp(value, "--", 2) == 0 && strchr(value, '=') != NULL)
			value = strchr(value, '=') + 1;
		if (strcasestr(value, "password") != NULL ||
			(strstr(value, "://") != NULL && strchr(value, '@') != NULL))
			memset(value, 'x', strlen(value));
	}
}
