/*-------------------------------------------------------------------------
 *
 * pipeline_read.c
 *		Reading from a connection to the database: its messages, and the calls
 *		that they answer.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/pipeline_read.h"

#include "httpd/db/failure.h"
#include "httpd/db/pipeline_write.h"

#include <assert.h>
#include <string.h>

/* The pace of a connection follows its last few calls. */
#define PACE_CALLS 8

/* Errors, notices and the like are kept up to this size. */
#define MAX_TEXT_BYTES 65536

/* An SQLSTATE is within the first bytes of an error. */
#define SQLSTATE_BYTES 128

static const char unexpected[] = "the database sent what was not expected";

/* Skips a message that is too large to be sent on, or to be kept at all, from
 * its header on.  False when it is not, or when more of it is needed. */
static bool
skip_message(Connection *connection, const Message *message)
{
	static const ServerError too_long = {
		.sqlstate = "54000",
		.message = "an error whose message is too long to be read"
	};
	/* The message may repeat the value. */
	static const ServerError bad_value = {
		.sqlstate = "22000",
		.message = "a value is invalid, and too long to be repeated"
	};
	const Config *config = connection->loop->config;
	Call *call = connection_first_call(connection);
	size_t there = buffer_length(&connection->in);
	size_t size = MESSAGE_HEADER + message->size;
	size_t limit = message->kind == 'D' ? (size_t) config->max_reply_bytes + 6
										: MAX_TEXT_BYTES;

	if (message->size <= limit ||
		(message->kind == 'E' && there < MESSAGE_HEADER + SQLSTATE_BYTES))
		return false;
	if (message->kind == 'D' && call != NULL)
		call->too_large = true;
	else if (message->kind == 'E' && call != NULL)
		call_set_error(call, wire_is_bad_value(buffer_bytes(&connection->in) +
												   MESSAGE_HEADER,
											   SQLSTATE_BYTES)
								 ? &bad_value
								 : &too_long);
	connection->skip = size > there ? size - there : 0;
	buffer_take(&connection->in, size > there ? there : size);
	return true;
}

/* A setting that the server reports; it counts from the next call on. */
static bool
take_parameter(Connection *connection, const Message *message)
{
	Parameter parameter;
	bool on;

	if (!wire_read_parameter(message, &parameter))
		return false;
	on = strcmp(parameter.value, "on") == 0;
	if (strcmp(parameter.name, "in_hot_standby") == 0)
		connection->standby = on;
	else if (strcmp(parameter.name, "default_transaction_read_only") == 0)
		connection->read_only = on;
	return true;
}

/* The answer of acu_internal.begin_session(): whether the session is ours. */
static bool
take_session(Connection *connection, const Message *message)
{
	ColumnValue value;

	if (!wire_read_value(message, &value) || value.size != 1)
		return false;
	connection->pooled = *value.bytes != 't';
	return true;
}

/* Takes the row of a call; false when it is not the first and only one, or came
 * before the call. */
static bool
take_value(Call *call, const Message *message)
{
	ColumnValue value;

	if (call->has_value || !call->bound || !wire_read_value(message, &value))
		return false;
	call->has_value = true;
	call->value_null = value.null;
	buffer_append(&call->value, value.bytes, value.size);
	return true;
}

/* False, with the fault, when the error ends the session or belongs to no call.
 */
static bool
take_error(Connection *connection, const Message *message, const char **fault)
{
	Call *call = connection_first_call(connection);
	ServerError error;

	if (!wire_read_error(message, &error))
		return false;
	if (call == NULL ||
		(error.severity != NULL && (strcmp(error.severity, "FATAL") == 0 ||
									strcmp(error.severity, "PANIC") == 0)))
	{
		*fault = error.message;
		return false;
	}
	if (call->probe == PROBE_PREPARED)
		failure_set_bad_value(call, &error);
	else
		call_set_error(call, &error);
	return true;
}

/* Whether a call that may write has met a server that does not let it, where
 * another was expected.  What the call did is undone. */
static bool
found_standby(const Connection *connection, const Call *call)
{
	return strcmp(call->sqlstate, "25006") == 0 && call->route != NULL &&
		   !call->read_only && !connection_is_primary(connection) &&
		   primary_is_wanted(connection->primary);
}

/* Tells the owner that a call has been answered; or that it was not made, when
 * the session or the server turns out not to be fit for it. */
static void
complete_call(Connection *connection, Call *call)
{
	bool failed = call_failed(call);
	bool probed = call->probe != PROBE_NONE;

	/* A statement that failed before it was run is prepared anew next time;
	 * where one is not known to the session, none may be. */
	if (failed && strcmp(call->sqlstate, "26000") == 0)
		pipeline_forget_statements(connection);
	else if (failed && !call->bound &&
			 ((call->parses && !call->parsed) || failure_is_stale(call)))
		pipeline_forget_statement(connection, call->statement_name);
	if (failed && call_is_in_prologue(call))
		memset(connection->begins, 0, sizeof(connection->begins));

	if (call_is_probing(call))
		call->probe = PROBE_GOOD;
	if (failed && !probed &&
		(failure_is_of_session(call) || found_standby(connection, call)))
	{
		connection->retiring = true;
		connection->events->lost(connection->owner, call, false);
		return;
	}
	if (failed && call->route != NULL)
		failure_suggest_grant(call, PQuser(connection->libpq));
	connection->events->answered(connection->owner, call);
}

/* The reply to all messages up to a Sync is over.  False when there was none to
 * wait for. */
static bool
complete_group(Connection *connection, const char **fault)
{
	int64_t now = connection->loop->now;
	Call *call;

	connection->pace +=
		((double) (now - connection->progress) - connection->pace) / PACE_CALLS;
	connection->progress = now;
	if (!connection->set_up)
	{
		connection->set_up = true;
		connection->failures = 0;
		connection->events->begun(connection->owner, connection);
		if (connection->under_way.first == NULL)
			connection->state = CONNECTION_READY;
		return true;
	}
	call = call_of_link(queue_take(&connection->under_way));
	if (call == NULL)
	{
		*fault = "the database answered what was not asked";
		return false;
	}
	if (connection->state == CONNECTION_WARMING &&
		connection->under_way.first == NULL)
		connection->state = CONNECTION_READY;
	complete_call(connection, call);
	return true;
}

/* False when the message cannot be an answer to what was asked. */
static bool
take_message(Connection *connection, const Message *message, const char **fault)
{
	Call *call = connection_first_call(connection);

	switch (message->kind)
	{
		case '1': /* ParseComplete */
			if (call == NULL || call_is_in_prologue(call))
				return call != NULL;
			if (call->probe == PROBE_SENT)
				call->probe = PROBE_PREPARED;
			else
				call->parsed = true;
			return true;
		case '3': /* CloseComplete */
		case 'N': /* NoticeResponse */
		case 'A': /* NotificationResponse */
			return true;
		case 'S': /* ParameterStatus */
			return take_parameter(connection, message);
		case 'T': /* RowDescription */
			return !connection->set_up;
		case '2': /* BindComplete */
			if (call != NULL && !call_is_probing(call) &&
				!call_is_in_prologue(call))
				call->bound = true;
			return call != NULL;
		case 'C': /* CommandComplete */
			if (call != NULL)
				call->began = true;
			return true;
		case 'D': /* DataRow */
			if (!connection->set_up)
				return take_session(connection, message);
			return call != NULL &&
				   (call_is_probing(call) || take_value(call, message));
		case 'E': /* ErrorResponse */
			return take_error(connection, message, fault);
		case 'Z': /* ReadyForQuery */
			return complete_group(connection, fault);
		default:
			return false;
	}
}

/* Drops bytes of a message that is skipped. */
static void
skip_bytes(Connection *connection)
{
	size_t there = buffer_length(&connection->in);
	size_t size = there < connection->skip ? there : connection->skip;

	buffer_take(&connection->in, size);
	connection->skip -= size;
}

PipelineRead
pipeline_read(Connection *connection, const char **fault)
{
	Buffer *in = &connection->in;

	while (buffer_length(in) > 0)
	{
		Message message;
		bool whole;

		if (connection->skip > 0)
		{
			skip_bytes(connection);
			continue;
		}
		whole = wire_read(buffer_bytes(in), buffer_length(in), &message);
		if (message.kind != 0 && skip_message(connection, &message))
			continue;
		if (!whole)
			break;
		*fault = unexpected;
		if (!take_message(connection, &message, fault))
			return PIPELINE_READ_FAULT;
		assert(buffer_length(in) >= MESSAGE_HEADER + message.size);
		buffer_take(in, MESSAGE_HEADER + message.size);
		if (message.kind == 'Z' && connection->under_way.first == NULL)
			return PIPELINE_READ_IDLE;
	}
	return PIPELINE_READ_ALL;
}
