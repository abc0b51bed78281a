/*-------------------------------------------------------------------------
 *
 * config_file.c
 *		The config file: lines of name = value.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/base/config_file.h"

#include "httpd/base/buffer.h"

#include <ctype.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_LINE_SIZE 4096

/* Whether a connection string has a password; false for an invalid one, which
 * config_read() refuses. */
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

/* False for a directory, for a file that everybody may change, and for one
 * with a password (secret) that everybody may read. */
static bool
check_file(FILE *file, const char *path, bool secret, SettingsError *error)
{
	struct stat status;

	if (fstat(fileno(file), &status) != 0)
		return settings_fail(error, "could not read config file \"%s\": %s",
							 path, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return settings_fail(error, "config file \"%s\" is a directory", path);
	if (S_ISREG(status.st_mode) && (status.st_mode & S_IWOTH) != 0)
		return settings_fail(
			error,
			"config file \"%s\" can be changed by everybody: chmod o-w it",
			path);
	if (secret && S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0)
		return settings_fail(
			error,
			"config file \"%s\" has a password and can be read by everybody:"
			" chmod o-rwx it, or use a password file",
			path);
	return true;
}

/* Sets what one line says; it may be empty or a comment. */
static bool
read_line(Config *config, const char *path, int number, char *line,
		  SettingsError *error)
{
	char source[MAX_LINE_SIZE + 256];
	char *name = line + strspn(line, " \t");
	size_t length = strcspn(name, " \t=\r\n");
	char *value = name + length + strspn(name + length, " \t");
	const Setting *setting;

	if (*name == '#' || length == 0)
		return true;
	snprintf(source, sizeof(source), "%s:%d", path, number);
	if (*value != '=')
		return settings_fail(error, "%s: expected name = value", source);
	value += 1 + strspn(value + 1, " \t");
	for (size_t end = strlen(value);
		 end > 0 && isspace((unsigned char) value[end - 1]); end--)
		value[end - 1] = '\0';

	setting = settings_find(name, length);
	if (setting == NULL)
		return settings_fail(error, "%s: there is no setting \"%.*s\"", source,
							 (int) length, name);
	return setting_set(config, setting, value, source, error);
}

bool
config_file_read(Config *config, const char *path, SettingsError *error)
{
	FILE *file = fopen(path, "r");
	char *copy = copy_string(path); /* the file may set config itself */
	char line[MAX_LINE_SIZE];
	int number = 0;
	bool good = file != NULL ||
				settings_fail(error, "could not open config file \"%s\": %s",
							  path, strerror(errno));

	good = good && check_file(file, copy, false, error);
	/* A line without its end is too long, or has a NUL that hides it. */
	while (good && fgets(line, sizeof(line), file) != NULL)
	{
		number++;
		good = strchr(line, '\n') != NULL || feof(file)
				   ? read_line(config, copy, number, line, error)
				   : settings_fail(error,
								   "%s:%d: line is too long, or has a NUL byte",
								   copy, number);
	}
	if (good && ferror(file))
		good = settings_fail(error, "could not read config file \"%s\": %s",
							 copy, strerror(errno));
	good = good && check_file(file, copy, has_password(config->dsn), error);
	if (file != NULL)
		fclose(file);
	free(copy);
	return good;
}
