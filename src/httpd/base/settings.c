/*-------------------------------------------------------------------------
 *
 * settings.c
 *		The settings of pg_acu_httpd: one table of their names, types, limits
 *		and meanings.
 *
 * The table drives the parsing of every source, and --help.  Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/settings.h"

#include "httpd/base/address.h"
#include "httpd/base/buffer.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENVIRONMENT_PREFIX "PG_ACU_"
#define MAX_NAME_SIZE 40

typedef enum SettingType
{
	TEXT,
	NUMBER,
	BYTES,
	DURATION,
	SWITCH
} SettingType;

struct Setting
{
	const char *name;
	SettingType type;
	size_t offset;	   /* in Config */
	const char *value; /* by default */
	int64_t min;
	int64_t max; /* 0: the value is not a number */
	const char *help;
};

#define AT(field) offsetof(Config, field)
#define DAY (INT64_C(24) * 60 * 60 * 1000)
#define GIB (INT64_C(1) << 30)

/* PostgreSQL takes 1 GiB in one message, and a body may double in it. */
#define MAX_BODY (GIB / 4)

static const Setting settings[] = {
	{ "listen", TEXT, AT(listen), "127.0.0.1:8080", 0, 0,
	  "address and port of the server; [::1]:8080 for IPv6" },
	{ "health-listen", TEXT, AT(health_listen), "", 0, 0,
	  "another address and port, for /healthz and /readyz alone" },
	{ "dsn", TEXT, AT(dsn), "", 0, 0,
	  "connection string of libpq; its PG* variables work too" },
	{ "config", TEXT, AT(config), "", 0, 0,
	  "file with lines of name = value; read again on SIGHUP" },
	{ "workers", NUMBER, AT(workers), "0", 0, 64,
	  "processes that answer requests; 0: half as many as there are cores" },
	{ "connections", NUMBER, AT(connections), "2", 1, 64,
	  "database connections of each worker, each shared by many requests at a time" },
	{ "dedicated-connections", NUMBER, AT(dedicated_connections), "2", 1, 64,
	  "the same for routes with pipelined = false: one request at a time" },
	{ "max-in-flight", NUMBER, AT(max_in_flight), "1024", 1, 65536,
	  "requests of each worker that wait for the database; more are answered 503" },
	{ "max-clients", NUMBER, AT(max_clients), "16384", 1, 1000000,
	  "client connections of each worker; more wait to be accepted" },
	{ "max-line-bytes", BYTES, AT(max_line_bytes), "8kB", 64, GIB,
	  "size of a request line; a longer one is answered 414" },
	{ "max-header-bytes", BYTES, AT(max_header_bytes), "16kB", 64, GIB,
	  "size of all headers; more, or more than 100 headers, is answered 431" },
	{ "max-body-bytes", BYTES, AT(max_body_bytes), "1MB", 0, MAX_BODY,
	  "size of a request body; a larger one is answered 413" },
	{ "max-bodies-bytes", BYTES, AT(max_bodies_bytes), "256MB", 1024, 64 * GIB,
	  "size of all bodies of a worker; above it the slowest is answered 503" },
	{ "max-reply-bytes", BYTES, AT(max_reply_bytes), "8MB", 1024, GIB,
	  "size of a function's result; a larger one is answered 500" },
	{ "max-unsent-bytes", BYTES, AT(max_unsent_bytes), "256MB", 1024, 64 * GIB,
	  "replies that a worker keeps for slow readers; above it some are closed" },
	{ "header-timeout", DURATION, AT(header_timeout), "10s", 1, DAY,
	  "time for the whole head of a request; a later one is answered 408" },
	{ "body-timeout", DURATION, AT(body_timeout), "10s", 1, DAY,
	  "time between two bytes of a body; later ones are answered 408" },
	{ "body-rate", NUMBER, AT(body_rate), "1024", 1, GIB,
	  "least bytes a second for sending a body (else 408) and for reading a reply" },
	{ "idle-timeout", DURATION, AT(idle_timeout), "60s", 1, DAY,
	  "time between two requests, and for a client to begin reading its reply" },
	{ "statement-timeout", DURATION, AT(statement_timeout), "5s", 1, DAY,
	  "time for a function; a longer call is answered 504" },
	{ "drain-timeout", DURATION, AT(drain_timeout), "10s", 1, DAY,
	  "time for the requests under way when the server is told to end" },
	{ "idle-disconnect", DURATION, AT(idle_disconnect), "0", 0, DAY,
	  "close the database connections after this time without requests; 0: never" },
	{ "cors-origin", TEXT, AT(cors_origin), "", 0, 0,
	  "origin whose pages may call the server: one, or * for all" },
	{ "allowed-hosts", TEXT, AT(allowed_hosts), "", 0, 0,
	  "host names of the server, such as a.org,.b.org; * for all; see docs/http.md" },
	{ "trusted-proxies", TEXT, AT(trusted_proxies), "", 0, 0,
	  "proxies whose X-Forwarded-For is logged, such as 10.0.0.0/8,::1" },
	{ "access-log", SWITCH, AT(access_log), "off", 0, 0,
	  "log a line for every request: on or off" },
	{ "allow-superuser", SWITCH, AT(allow_superuser), "off", 0, 0,
	  "log in to the database even as a superuser: on or off" },
	{ "allow-root", SWITCH, AT(allow_root), "off", 0, 0,
	  "run even as the operating system's root: on or off" },
};

/* Units in which values may be given; within a type, the larger come later. */
static const struct
{
	SettingType type;
	const char *unit;
	int64_t factor;
} units[] = {
	{ NUMBER, "", 1 },
	{ BYTES, "", 1 },
	{ BYTES, "kB", 1024 },
	{ BYTES, "MB", 1024 * 1024 },
	{ BYTES, "GB", GIB },
	{ DURATION, "", 1000 },
	{ DURATION, "ms", 1 },
	{ DURATION, "s", 1000 },
	{ DURATION, "min", 60 * 1000 },
	{ DURATION, "h", 60 * 60 * 1000 },
};

#define UNITS (sizeof(units) / sizeof(units[0]))
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

bool
settings_fail(SettingsError *error, const char *format, ...)
{
	va_list details;

	va_start(details, format);
	vsnprintf(error->text, error->size, format, details);
	va_end(details);
	return false;
}

/* The factor of a unit to milliseconds or bytes; 0 when the unit is unknown. */
static int64_t
unit_factor(SettingType type, const char *unit)
{
	for (size_t i = 0; i < UNITS; i++)
		if (units[i].type == type && strcmp(units[i].unit, unit) == 0)
			return units[i].factor;
	return 0;
}

/* False when the value is not a whole number with a unit of the setting's type,
 * or is too large for any number. */
static bool
parse_number(const Setting *setting, const char *value, int64_t *number)
{
	char *end;
	int64_t factor;

	if (!isdigit((unsigned char) *value))
		return false;
	errno = 0;
	*number = strtoll(value, &end, 10);
	factor = unit_factor(setting->type, end);
	if (errno != 0 || factor == 0 || *number > INT64_MAX / factor)
		return false;
	*number *= factor;
	return true;
}

static bool
parse_switch(const char *value, bool *on)
{
	*on = strcasecmp(value, "on") == 0 || strcasecmp(value, "true") == 0 ||
		  strcmp(value, "1") == 0;
	return *on || strcasecmp(value, "off") == 0 ||
		   strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0;
}

static bool
has_control_byte(const char *value)
{
	for (; *value != '\0'; value++)
		if (iscntrl((unsigned char) *value))
			return true;
	return false;
}

/* A value as a message may repeat it: a connection string that was meant for
 * "dsn" may have a password. */
static const char *
shown_value(const char *value)
{
	return strchr(value, '=') != NULL || strstr(value, "://") != NULL
			   ? "(not shown)"
			   : value;
}

static bool
set_text(const Setting *setting, char **field, const char *value,
		 const char *source, SettingsError *error)
{
	if (setting->offset == AT(trusted_proxies) && !address_is_list(value))
		return settings_fail(
			error,
			"%s: \"%s\" must be a list of addresses, such as 10.0.0.0/8,::1",
			source, setting->name);
	if (has_control_byte(value))
		return settings_fail(error, "%s: \"%s\" has a control byte", source,
							 setting->name);
	free(*field);
	*field = copy_string(value);
	return true;
}

static bool
set_number(const Setting *setting, int64_t *field, const char *value,
		   const char *source, SettingsError *error)
{
	int64_t number;

	if (!parse_number(setting, value, &number))
		return settings_fail(
			error,
			"%s: invalid value for \"%s\": \"%s\"; see --help for an example",
			source, setting->name, shown_value(value));
	if (number < setting->min || number > setting->max)
		return settings_fail(
			error, "%s: \"%s\" must be between %lld and %lld%s, not \"%s\"",
			source, setting->name, (long long) setting->min,
			(long long) setting->max, setting->type == DURATION ? " ms" : "",
			shown_value(value));
	*field = number;
	return true;
}

bool
setting_set(Config *config, const Setting *setting, const char *value,
			const char *source, SettingsError *error)
{
	void *field = (char *) config + setting->offset;

	switch (setting->type)
	{
		case TEXT:
			return set_text(setting, field, value, source, error);
		case SWITCH:
			return parse_switch(value, field) ||
				   settings_fail(error,
								 "%s: \"%s\" must be on or off, not \"%s\"",
								 source, setting->name, shown_value(value));
		default:
			return set_number(setting, field, value, source, error);
	}
}

void
settings_set_defaults(Config *config)
{
	char reason[256];
	SettingsError error = { reason, sizeof(reason) };

	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < SETTINGS; i++)
	{
		bool good = setting_set(config, &settings[i], settings[i].value,
								"default", &error);

		assert(good);
		(void) good;
	}
}

void
settings_free(Config *config)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (settings[i].type == TEXT)
			free(*(char **) ((char *) config + settings[i].offset));
}

const Setting *
settings_find(const char *name, size_t length)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (strlen(settings[i].name) == length &&
			strncmp(settings[i].name, name, length) == 0)
			return &settings[i];
	return NULL;
}

/* The variable of a setting: max-clients is PG_ACU_MAX_CLIENTS. */
static void
environment_name(const Setting *setting, char name[MAX_NAME_SIZE])
{
	snprintf(name, MAX_NAME_SIZE, ENVIRONMENT_PREFIX "%s", setting->name);
	for (; *name != '\0'; name++)
		*name = *name == '-' ? '_' : (char) toupper((unsigned char) *name);
}

bool
setting_read_environment(Config *config, const Setting *setting,
						 SettingsError *error)
{
	char name[MAX_NAME_SIZE];
	const char *value;

	environment_name(setting, name);
	value = getenv(name);
	return value == NULL || setting_set(config, setting, value, name, error);
}

bool
settings_read_environment(Config *config, SettingsError *error)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (!setting_read_environment(config, &settings[i], error))
			return false;
	return true;
}

/* Prints a number in the largest unit in which it is whole. */
static void
print_number(const char *before, SettingType type, int64_t number)
{
	int64_t factor = 1;
	const char *unit = "";

	for (size_t i = 0; i < UNITS && number != 0; i++)
		if (units[i].type == type && number % units[i].factor == 0)
		{
			factor = units[i].factor;
			unit = units[i].unit;
		}
	printf("%s%lld%s", before, (long long) (number / factor), unit);
}

void
settings_print(void)
{
	for (size_t i = 0; i < SETTINGS; i++)
	{
		char environment[MAX_NAME_SIZE];

		environment_name(&settings[i], environment);
		printf("  --%-21s %s\n  %-23s default: %s", settings[i].name,
			   settings[i].help, "",
			   *settings[i].value ? settings[i].value : "\"\"");
		if (settings[i].max > 0)
		{
			print_number("; from ", settings[i].type, settings[i].min);
			print_number(" to ", settings[i].type, settings[i].max);
		}
		printf("; environment: %s\n", environment);
	}
}
