/*-------------------------------------------------------------------------
 *
 * wire.h
 *		The messages of PostgreSQL's protocol (version 3) that a call needs.
 *
 * libpq connects and authenticates.  After that the messages are written and
 * read here: libpq flushes at every Sync and so wakes the server for each
 * request, while one write can carry the requests of many clients.
 *
 * Pure: no I/O.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_WIRE_H
#define PG_ACU_WIRE_H

#include "httpd/base/buffer.h"

#include <stdbool.h>

/* Size of a message's header: kind and length. */
#define MESSAGE_HEADER 5

/* A message of the server; body has size bytes. */
typedef struct Message
{
	char kind; /* 0: unknown yet, or invalid */
	size_t size;
	const char *body;
} Message;

/* Fields of an ErrorResponse; NULL: missing. */
typedef struct ServerError
{
	const char *severity; /* not translated */
	const char *sqlstate;
	const char *message;
	const char *detail;
	const char *hint;
} ServerError;

/* Content of a ParameterStatus. */
typedef struct Parameter
{
	const char *name;
	const char *value;
} Parameter;

/* A value of a DataRow; it stays in the message. */
typedef struct ColumnValue
{
	bool null;
	const char *bytes;
	size_t size;
} ColumnValue;

/* Each of these appends a message to out. */
extern void wire_query(Buffer *out, const char *sql);
extern void wire_close(Buffer *out, const char *statement);
extern void wire_parse(Buffer *out, const char *statement, const char *sql);

/*
 * A Bind with parameters as text: its beginning, each parameter in turn, and
 * its end, with one result column as text or binary.  begun is the result of
 * wire_bind_begin().
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
 * Reads the next message; true when all of it is in bytes.  kind and size are
 * set as soon as the header is there; before that, kind is 0.  A length below
 * that of itself is a protocol violation: then true, with kind 0.
 */
extern bool wire_read(const char *bytes, size_t size, Message *message);

/* Read an ErrorResponse or a ParameterStatus; false when it is invalid. */
extern bool wire_read_error(const Message *message, ServerError *error);
extern bool wire_read_parameter(const Message *message, Parameter *parameter);

/* Read a DataRow, which must have count columns, or one; false when it is
 * invalid. */
extern bool
wire_read_row(const Message *message, ColumnValue *values, int count);
extern bool wire_read_value(const Message *message, ColumnValue *value);

/* Whether an error, of which the first size bytes are there, has an SQLSTATE of
 * class 22, data exception. */
extern bool wire_is_bad_value(const char *body, size_t size);

/* Appends a quoted identifier. */
extern void wire_identifier(Buffer *sql, const char *name);

#endif
