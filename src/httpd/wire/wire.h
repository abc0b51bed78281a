/*-------------------------------------------------------------------------
 *
 * wire.h
 *		The messages of PostgreSQL's protocol (version 3) that a call needs.
 *
 * libpq connects and authenticates; after that the messages are written and
 * read here, as libpq flushes at every Sync and so wakes the server for each
 * request, where one write can carry those of many clients.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_WIRE_H
#define PG_ACU_WIRE_H

#include "httpd/base/buffer.h"

#include <stdbool.h>

/* Kind and length. */
#define MESSAGE_HEADER 5

/* A message of the server; body has size bytes. */
typedef struct Message
{
	char kind;
	size_t size;
	const char *body;
} Message;

/* What an ErrorResponse says; each closed by a NUL, or NULL. */
typedef struct ServerError
{
	const char *severity; /* not translated */
	const char *sqlstate;
	const char *message;
	const char *detail;
	const char *hint;
} ServerError;

/* What a ParameterStatus says; each closed by a NUL. */
typedef struct Parameter
{
	const char *name;
	const char *value;
} Parameter;

/* The value of a DataRow with one column. */
typedef struct ColumnValue
{
	bool null;
	const char *bytes;
	size_t size;
} ColumnValue;

extern void wire_query(Buffer *out, const char *sql);
extern void wire_close(Buffer *out, const char *statement);
extern void wire_parse(Buffer *out, const char *statement, const char *sql);

/*
 * A Bind whose parameters are text: its beginning, each parameter in turn, and
 * its end, with one result column as text or binary.  begun is what
 * wire_bind_begin has returned.
 */
extern size_t
wire_bind_begin(Buffer *out, const char *statement, int parameters);
extern void wire_bind_value(Buffer *out, const char *bytes, size_t length);
extern void wire_bind_null(Buffer *out);
extern void wire_bind_end(Buffer *out, size_t begun, bool binary);

/* The Bind of a statement without parameters. */
extern void wire_bind_nothing(Buffer *out, const char *statement);
extern void wire_execute(Buffer *out);
extern void wire_sync(Buffer *out);

/*
 * The next message in bytes, if it is there whole: then true.  The length that
 * the server announces is in message->size as soon as its header has come;
 * message->kind is 0 before that.
 */
extern bool wire_read(const char *bytes, size_t size, Message *message);

/* False when the message is not what its kind promises. */
extern bool wire_read_error(const Message *message, ServerError *error);

/* Whether the beginning of an error, of which this many bytes are there, has an
 * SQLSTATE of the class 22: a value that is wrong. */
extern bool wire_is_bad_value(const char *body, size_t size);
extern bool wire_read_parameter(const Message *message, Parameter *parameter);

/* The columns of a row, whose values stay in the message; false when they are
 * not as many. */
extern bool
wire_read_row(const Message *message, ColumnValue *values, int count);

/* The same of a row with one column. */
extern bool wire_read_value(const Message *message, ColumnValue *value);

/* As "name", with its quotes doubled. */
extern void wire_identifier(Buffer *sql, const char *name);

#endif
