/*-------------------------------------------------------------------------
 *
 * config.c
 *		Settings: one table that drives parsing, --help and reloading.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/config.h"

#include "httpd/base/buffer.h"
#include "httpd/http/forwarded.h"

#include <ctype.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define ENVIRONMENT_PREFIX "PG_ACU_"
#define LONGEST_NAME 40
#define LONGEST_LINE 4096

typedef enum SettingType
{
	TEXT,
	NUMBER,
	BYTES,
	DURATION,
	SWITCH
} SettingType;

typedef struct Setting
{
	const char *name;
	SettingType type;
	size_t offset;	   /* in Config */
	const char *value; /* by default */
	int64_t least;
	int64_t most;
	const char *help;
} Setting;

#define AT(field) offsetof(Config, field)
#define DAY (INT64_C(24) * 60 * 60 * 1000)
#define GIB (INT64_C(1) << 30)

/* What PostgreSQL takes in one message is 1 GiB; a body may double in it. */
#define LARGEST_BODY (GIB / 4)

static const Setting settings[] = {
	{ "listen", TEXT, AT(listen), "127.0.0.1:8080", 0, 0,
	  "address and port; [::1]:8080 for IPv6" },
	{ "health-listen", TEXT, AT(health_listen), "", 0, 0,
	  "another address and port, for /healthz and /readyz alone" },
	{ "dsn", TEXT, AT(dsn), "", 0, 0,
	  "how to reach the database, as libpq takes it; its PG* variables work too" },
	{ "config", TEXT, AT(config), "", 0, 0,
	  "file of lines: name = value; read again on SIGHUP" },
	{ "workers", NUMBER, AT(workers), "0", 0, 64,
	  "processes that answer; 0: half as many as there are cores" },
	{ "connections", NUMBER, AT(connections), "2", 1, 64,
	  "to the database, of each worker, shared by many requests at a time" },
	{ "solo-connections", NUMBER, AT(solo_connections), "2", 1, 64,
	  "of each worker, for routes with pipelined = false: one request at a time" },
	{ "max-in-flight", NUMBER, AT(max_in_flight), "1024", 1, 65536,
	  "requests of each worker that wait for the database; more get 503" },
	{ "max-clients", NUMBER, AT(max_clients), "16384", 1, 1000000,
	  "connections of each worker; more wait to be accepted" },
	{ "max-line-bytes", BYTES, AT(max_line_bytes), "8kB", 64, GIB,
	  "request line; more is 414" },
	{ "max-header-bytes", BYTES, AT(max_header_bytes), "16kB", 64, GIB,
	  "headers; more, or more than 100, is 431" },
	{ "max-body-bytes", BYTES, AT(max_body_bytes), "1MB", 0, LARGEST_BODY,
	  "body; more is 413" },
	{ "max-bodies-bytes", BYTES, AT(max_bodies_bytes), "256MB", 1024, 64 * GIB,
	  "all bodies of each worker; the one that takes longest is 503 then" },
	{ "max-reply-bytes", BYTES, AT(max_reply_bytes), "8MB", 1024, GIB,
	  "result of a function; more is 500" },
	{ "max-unsent-bytes", BYTES, AT(max_unsent_bytes), "256MB", 1024, 64 * GIB,
	  "kept by each worker for clients that do not read; then some are closed" },
	{ "header-timeout", DURATION, AT(header_timeout), "10s", 1, DAY,
	  "for the whole head of a request; later is 408" },
	{ "body-timeout", DURATION, AT(body_timeout), "10s", 1, DAY,
	  "between two bytes of a body; later is 408" },
	{ "body-rate", NUMBER, AT(body_rate), "1024", 1, GIB,
	  "bytes a second that a body must come with, else 408; and a reply be read" },
	{ "idle-timeout", DURATION, AT(idle_timeout), "60s", 1, DAY,
	  "between requests, and before a client must read its reply" },
	{ "statement-timeout", DURATION, AT(statement_timeout), "5s", 1, DAY,
	  "for a function; longer is 504" },
	{ "drain-timeout", DURATION, AT(drain_timeout), "10s", 1, DAY,
	  "for requests under way when it is to end" },
	{ "idle-disconnect", DURATION, AT(idle_disconnect), "0", 0, DAY,
	  "without requests, after which it leaves the database; 0: never" },
	{ "cors-origin", TEXT, AT(cors_origin), "", 0, 0,
	  "origin whose pages may call: one, or * for all" },
	{ "allowed-hosts", TEXT, AT(allowed_hosts), "", 0, 0,
	  "names it is reached under, such as a.org,.b.org; * for all; see docs/http.md" },
	{ "trusted-proxies", TEXT, AT(trusted_proxies), "", 0, 0,
	  "addresses whose X-Forwarded-For is logged, such as 10.0.0.0/8,::1" },
	{ "access-log", SWITCH, AT(access_log), "off", 0, 0,
	  "a line for every request: on or off" },
	{ "allow-superuser", SWITCH, AT(allow_superuser), "off", 0, 0,
	  "log in to the database as a superuser all the same: on or off" },
	{ "allow-root", SWITCH, AT(allow_root), "off", 0, 0,
	  "run as the operating system's root all the same: on or off" },
};

/* Of one type, the larger ones come later. */
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

typedef struct Error
{
	char *text;
	size_t size;
} Error;

static bool read_file(Config *config, const char *path, Error *error);
static bool read_line(Config *config, const char *path, int number, char *line,
					  Error *error);
static bool read_environment(Config *config, Error *error);
static ConfigResult
read_flags(Config *config, int argc, char **argv, bool only_file, Error *error);
static void
no_flag(Error *error, int number, const char *flag, size_t name_length);
static bool check_dsn(const Config *config, Error *error);
static bool has_control_byte(const char *value);
static const Setting *find_setting(const char *name, size_t length);
static void environment_name(const Setting *setting, char *name);
static bool set(Config *config, const Setting *setting, const char *value,
				const char *source, Error *error);
static const char *shown(const char *value);
static bool
parse_number(const Setting *setting, const char *value, int64_t *number);
static int64_t unit_factor(SettingType type, const char *unit);
static bool parse_switch(const char *value, bool *on);
static bool fail(Error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void print_help(void);
static void print_number(const char *before, SettingType type, int64_t number);

ConfigResult
config_read(Config *config, int argc, char **argv, char *error_text,
			size_t error_size)
{
	Error error = { error_text, error_size };
	const char *file = getenv(ENVIRONMENT_PREFIX "CONFIG");
	ConfigResult result;

	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < SETTINGS; i++)
		set(config, &settings[i], settings[i].value, "default", &error);

	/* The file comes before the flags, one of which may name it. */
	if (file != NULL)
		set(config, find_setting("config", 6), file, "environment", &error);
	result = read_flags(config, argc, argv, true, &error);
	if (result != CONFIG_GOOD)
		return result;
	if (*config->config != '\0' && !read_file(config, config->config, &error))
		return CONFIG_BAD;
	if (!read_environment(config, &error))
		return CONFIG_BAD;
	result = read_flags(config, argc, argv, false, &error);
	if (result == CONFIG_GOOD && !check_dsn(config, &error))
		return CONFIG_BAD;
	return result;
}

void
config_free(Config *config)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (settings[i].type == TEXT)
			free(*(char **) ((char *) config + settings[i].offset));
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

/* Whether a connection string has a password; one that cannot be read is
 * refused elsewhere. */
static bool
has_password(const char *dsn)
{
	PQconninfoOption *options;
	bool found = false;

	if (strchr(dsn, '=') == NULL && strstr(dsn, "://") == NULL)
		return false;
	options = PQconninfoParse(dsn, NULL);
	for (PQconninfoOption *each = options; each && each->keyword; each++)
		found = found || (strcmp(each->keyword, "password") == 0 &&
						  each->val != NULL && *each->val != '\0');
	PQconninfoFree(options);
	return found;
}

/* The file must be one, nobody else may change it, and one with a password is
 * for its owner and group alone.  Called again once it has been read. */
static bool
check_file(FILE *file, const char *path, bool secret, Error *error)
{
	struct stat status;

	if (fstat(fileno(file), &status) != 0)
		return fail(error, "could not read config file \"%s\": %s", path,
					strerror(errno));
	if (S_ISDIR(status.st_mode))
		return fail(error, "config file \"%s\" is a directory", path);
	if (S_ISREG(status.st_mode) && (status.st_mode & S_IWOTH) != 0)
		return fail(
			error,
			"config file \"%s\" can be changed by everybody: chmod o-w it",
			path);
	if (secret && S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0)
		return fail(
			error,
			"config file \"%s\" has a password and can be read by everybody:"
			" chmod o-rwx it, or use a password file",
			path);
	return true;
}

static bool
read_file(Config *config, const char *path, Error *error)
{
	FILE *file = fopen(path, "r");
	char *copy = copy_string(path); /* the file may set config itself */
	char line[LONGEST_LINE];
	int number = 0;
	bool good =
		file != NULL || fail(error, "could not open config file \"%s\": %s",
							 path, strerror(errno));

	good = good && check_file(file, copy, false, error);
	/* A line without its end is too long, or has a NUL that hides it. */
	while (good && fgets(line, sizeof(line), file) != NULL)
	{
		number++;
		good = strchr(line, '\n') != NULL || feof(file)
				   ? read_line(config, copy, number, line, error)
				   : fail(error, "%s:%d: is no line of text", copy, number);
	}
	if (good && ferror(file))
		good = fail(error, "could not read config file \"%s\": %s", copy,
					strerror(errno));
	good = good && check_file(file, copy, has_password(config->dsn), error);
	if (file != NULL)
		fclose(file);
	free(copy);
	return good;
}

static bool
read_line(Config *config, const char *path, int number, char *line,
		  Error *error)
{
	char source[LONGEST_LINE + 256];
	char *name = line + strspn(line, " \t");
	size_t length = strcspn(name, " \t=\r\n");
	char *value = name + length + strspn(name + length, " \t");
	const Setting *setting;

	if (*name == '#' || length == 0)
		return true;
	snprintf(source, sizeof(source), "%s:%d", path, number);
	if (*value != '=')
		return fail(error, "%s: expected name = value", source);
	value += 1 + strspn(value + 1, " \t");
	for (size_t end = strlen(value);
		 end > 0 && isspace((unsigned char) value[end - 1]); end--)
		value[end - 1] = '\0';

	setting = find_setting(name, length);
	if (setting == NULL)
		return fail(error, "%s: there is no setting \"%.*s\"", source,
					(int) length, name);
	return set(config, setting, value, source, error);
}

static bool
read_environment(Config *config, Error *error)
{
	for (size_t i = 0; i < SETTINGS; i++)
	{
		char name[LONGEST_NAME];
		const char *value;

		environment_name(&settings[i], name);
		value = getenv(name);
		if (value != NULL && !set(config, &settings[i], value, name, error))
			return false;
	}
	return true;
}

static ConfigResult
read_flags(Config *config, int argc, char **argv, bool only_file, Error *error)
{
	for (int i = 1; i < argc; i++)
	{
		const char *flag = argv[i];
		size_t length = strcspn(flag, "=");
		const char *value = flag[length] == '=' ? flag + length + 1 : NULL;
		const Setting *setting = NULL;
		char source[LONGEST_NAME];

		if (strcmp(flag, "--help") == 0)
			return print_help(), CONFIG_SAID;
		if (strcmp(flag, "--version") == 0)
			return puts("pg_acu_httpd " PG_ACU_VERSION), CONFIG_SAID;
		if (strncmp(flag, "--", 2) == 0)
			setting = find_setting(flag + 2, length - 2);
		if (setting == NULL)
		{
			no_flag(error, i, flag, length);
			return CONFIG_BAD;
		}
		if (value == NULL && i + 1 < argc)
			value = argv[++i];
		if (value == NULL)
		{
			fail(error, "flag \"%s\" needs a value; see --help", flag);
			return CONFIG_BAD;
		}
		snprintf(source, sizeof(source), "--%s", setting->name);
		if ((!only_file || setting->offset == AT(config)) &&
			!set(config, setting, value, source, error))
			return CONFIG_BAD;
	}
	return CONFIG_GOOD;
}

/* What stands there may be a connection string with a password. */
static void
no_flag(Error *error, int number, const char *flag, size_t name_length)
{
	if (flag[0] == '-')
		fail(error, "there is no flag \"%.*s\"; see --help", (int) name_length,
			 flag);
	else
		fail(error, "argument %d is no flag; see --help", number);
}

/* What libpq says of it may repeat a password: it is not passed on. */
static bool
check_dsn(const Config *config, Error *error)
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
		   fail(
			   error,
			   "\"dsn\" is no connection string of libpq, such as host=HOST user=ROLE dbname=NAME");
}

static bool
has_control_byte(const char *value)
{
	for (; *value != '\0'; value++)
		if (iscntrl((unsigned char) *value))
			return true;
	return false;
}

static const Setting *
find_setting(const char *name, size_t length)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (strlen(settings[i].name) == length &&
			strncmp(settings[i].name, name, length) == 0)
			return &settings[i];
	return NULL;
}

static void
environment_name(const Setting *setting, char *name)
{
	snprintf(name, LONGEST_NAME, ENVIRONMENT_PREFIX "%s", setting->name);
	for (; *name != '\0'; name++)
		*name = *name == '-' ? '_' : (char) toupper((unsigned char) *name);
}

static bool
set(Config *config, const Setting *setting, const char *value,
	const char *source, Error *error)
{
	void *field = (char *) config + setting->offset;
	int64_t number;

	switch (setting->type)
	{
		case TEXT:
			if (setting->offset == AT(trusted_proxies) &&
				!forwarded_is_list(value))
				return fail(
					error,
					"%s: \"%s\" must be a list of addresses, such as 10.0.0.0/8,::1",
					source, setting->name);
			if (has_control_byte(value))
				return fail(error, "%s: \"%s\" has a control byte", source,
							setting->name);
			free(*(char **) field);
			*(char **) field = copy_string(value);
			return true;
		case SWITCH:
			return parse_switch(value, field) ||
				   fail(error, "%s: \"%s\" must be on or off, not \"%s\"",
						source, setting->name, shown(value));
		default:
			if (!parse_number(setting, value, &number))
				return fail(
					error,
					"%s: \"%s\" cannot be \"%s\"; see --help for an example",
					source, setting->name, shown(value));
			if (number < setting->least || number > setting->most)
				return fail(
					error,
					"%s: \"%s\" must be between %lld and %lld%s, not \"%s\"",
					source, setting->name, (long long) setting->least,
					(long long) setting->most,
					setting->type == DURATION ? " ms" : "", shown(value));
			*(int64_t *) field = number;
			return true;
	}
}

/* A connection string that was meant for "dsn" may have a password. */
static const char *
shown(const char *value)
{
	return strchr(value, '=') != NULL || strstr(value, "://") != NULL
			   ? "(not shown)"
			   : value;
}

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

/* 0 for a unit that there is not. */
static int64_t
unit_factor(SettingType type, const char *unit)
{
	for (size_t i = 0; i < UNITS; i++)
		if (units[i].type == type && strcmp(units[i].unit, unit) == 0)
			return units[i].factor;
	return 0;
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
fail(Error *error, const char *format, ...)
{
	va_list details;

	va_start(details, format);
	vsnprintf(error->text, error->size, format, details);
	va_end(details);
	return false;
}

static void
print_help(void)
{
	puts(
		"pg_acu_httpd answers HTTP requests with the functions of acu.route.\n\n"
		"Usage: pg_acu_httpd [--FLAG VALUE]...\n");
	for (size_t i = 0; i < SETTINGS; i++)
	{
		char environment[LONGEST_NAME];

		environment_name(&settings[i], environment);
		printf("  --%-18s %s\n  %-20s default: %s", settings[i].name,
			   settings[i].help, "",
			   *settings[i].value ? settings[i].value : "\"\"");
		if (settings[i].most > 0)
		{
			print_number("; from ", settings[i].type, settings[i].least);
			print_number(" to ", settings[i].type, settings[i].most);
		}
		printf("; environment: %s\n", environment);
	}
	puts(
		"  --help               this text\n"
		"  --version            its version\n\n"
		"Durations take a unit (500ms, 10s, 1min), sizes too (16kB, 1MB).\n"
		"SIGTERM ends it when the requests under way are answered; SIGHUP reads\n"
		"the config file again and starts new workers.");
}

/* In the largest unit that it is a whole number of. */
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
