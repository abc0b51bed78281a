/*-------------------------------------------------------------------------
 *
 * pipeline_read.c
 *		What the database answers on a connection, and what becomes of a call
 *		that is answered.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/pool.h"

#include "httpd/db/catalog.h"
#include "httpd/base/log.h"
#include "httpd/wire/wire.h"

#include <string.h>

/* The pace of a connection follows its last few calls. */
#define PACE_CALLS 8

/* Errors, notices and the like are kept up to this size. */
#define MOST_TEXT_BYTES 65536

/* An SQLSTATE is within the first bytes of an error. */
#define SQLSTATE_BYTES 128

static bool skip_message(Connection *connection, const Message *message);
static bool take_message(Connection *connection, const Message *message);
static bool take_parameter(Connection *connection, const Message *message);
static bool take_session(Connection *connection, const Message *message);
static bool take_value(Exchange *exchange, const Message *message);
static bool take_error(Connection *connection, const Message *message);
static bool is_probing(const Exchange *exchange);
static void group_complete(Connection *connection);
static void settle(Connection *connection);
static void call_complete(Connection *connection, Exchange *exchange);
static bool failed_before_call(const Exchange *exchange);
static bool
found_standby(const Connection *connection, const Exchange *exchange);
static bool session_failed(const Exchange *exchange);

/* False when the connection has been lost meanwhile. */
bool
connection_read_messages(Connection *connection)
{
	Buffer *in = &connection->in;

	while (buffer_length(in) > 0)
	{
		Message message;
		bool whole;

		if (connection->skip > 0)
		{
			size_t size = buffer_length(in) < connection->skip
							  ? buffer_length(in)
							  : connection->skip;

			buffer_take(in, size);
			connection->skip -= size;
			continue;
		}
		whole = wire_read(buffer_bytes(in), buffer_length(in), &message);
		if (message.kind != 0 && skip_message(connection, &message))
			continue;
		if (!whole)
			break;
		if (!take_message(connection, &message))
		{
			if (connection->libpq != NULL)
				connection_lose(connection,
								"the database sent what was not expected");
			return false;
		}
		buffer_take(in, MESSAGE_HEADER + message.size);
	}
	return true;
}

/* What is too large to send, or to be kept at all, is not even read whole. */
static bool
skip_message(Connection *connection, const Message *message)
{
	static const ServerError too_long = {
		.sqlstate = "54000",
		.message = "an error whose message is too long to be read"
	};
	/* It may repeat the value. */
	static const ServerError bad_value = {
		.sqlstate = "22000",
		.message = "a value is invalid, and too long to be repeated"
	};
	const Config *config = connection->pool->worker->config;
	size_t there = buffer_length(&connection->in);
	size_t size = MESSAGE_HEADER + message->size;
	size_t most = message->kind == 'D' ? (size_t) config->max_reply_bytes + 6
									   : MOST_TEXT_BYTES;

	/* The class of an error is in its first bytes. */
	if (message->size <= most ||
		(message->kind == 'E' && there < MESSAGE_HEADER + SQLSTATE_BYTES))
		return false;
	if (message->kind == 'D' && connection->first != NULL)
		connection->first->too_large = true;
	else if (message->kind == 'E' && connection->first != NULL)
		exchange_set_error(
			connection->first,
			wire_is_bad_value(buffer_bytes(&connection->in) + MESSAGE_HEADER,
							  SQLSTATE_BYTES)
				? &bad_value
				: &too_long);
	connection->skip = size > there ? size - there : 0;
	buffer_take(&connection->in, size > there ? there : size);
	return true;
}

/* False when it cannot be an answer to what was asked. */
static bool
take_message(Connection *connection, const Message *message)
{
	Exchange *exchange = connection->first;

	switch (message->kind)
	{
		case '1': /* ParseComplete */
			if (exchange == NULL || (exchange->prologue && !exchange->began))
				return exchange != NULL;
			if (exchange->probe == PROBE_SENT)
				exchange->probe = PROBE_PREPARED;
			else
				exchange->parsed = true;
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
			if (exchange != NULL && !is_probing(exchange) &&
				(!exchange->prologue || exchange->began))
				exchange->bound = true;
			return exchange != NULL;
		case 'C': /* CommandComplete */
			if (exchange != NULL)
				exchange->began = true;
			return true;
		case 'D': /* DataRow */
			if (!connection->set_up)
				return take_session(connection, message);
			return exchange != NULL &&
				   (is_probing(exchange) || take_value(exchange, message));
		case 'E': /* ErrorResponse */
			return take_error(connection, message);
		case 'Z': /* ReadyForQuery */
			group_complete(connection);
			return connection->libpq != NULL;
		default:
			return false;
	}
}

/* What the server tells of its settings counts from the next call on. */
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

/* The answer of acu_internal.begin_session(). */
static bool
take_session(Connection *connection, const Message *message)
{
	ColumnValue value;

	if (!wire_read_value(message, &value) || value.size != 1)
		return false;
	connection->pooled = *value.bytes != 't';
	return true;
}

static bool
take_value(Exchange *exchange, const Message *message)
{
	ColumnValue value;

	if (exchange->has_value || !exchange->bound ||
		!wire_read_value(message, &value))
		return false;
	exchange->has_value = true;
	exchange->value_null = value.null;
	buffer_append(&exchange->value, value.bytes, value.size);
	return true;
}

static bool
take_error(Connection *connection, const Message *message)
{
	ServerError error;

	if (!wire_read_error(message, &error))
		return false;
	/* The session ends; what was under way is not the cause. */
	if (error.severity != NULL && (strcmp(error.severity, "FATAL") == 0 ||
								   strcmp(error.severity, "PANIC") == 0))
	{
		connection_lose(connection, error.message);
		return false;
	}
	if (connection->first == NULL)
	{
		connection_lose(connection, error.message);
		return false;
	}
	if (connection->first->probe == PROBE_PREPARED)
		exchange_set_bad_value(connection->first, &error);
	else
		exchange_set_error(connection->first, &error);
	return true;
}

static bool
is_probing(const Exchange *exchange)
{
	return exchange->probe == PROBE_SENT || exchange->probe == PROBE_PREPARED;
}

static void
group_complete(Connection *connection)
{
	Pool *pool = connection->pool;
	Exchange *exchange = connection->first;

	connection->pace += ((double) (pool->worker->now - connection->progress) -
						 connection->pace) /
						PACE_CALLS;
	connection->progress = pool->worker->now;
	if (!connection->set_up)
	{
		connection->set_up = true;
		connection->failures = 0;
		if (pool->unreachable)
			log_info("connected to the database");
		pool->unreachable = false;
		connection_warm_up(connection);
		return;
	}
	if (exchange == NULL)
	{
		connection_lose(connection, "the database answered what was not asked");
		return;
	}
	connection->first = exchange->next_waiting;
	if (connection->first == NULL)
		connection->last = NULL;
	connection->under_way--;
	pool->under_way--;
	if (connection->state == WARMING && connection->first == NULL)
		connection->state = READY;
	call_complete(connection, exchange);
	settle(connection);
}

/* A connection that has nothing to do is closed when it was to be, or cleaned.
 */
static void
settle(Connection *connection)
{
	if (connection->first != NULL || connection->state != READY)
		return;
	if (connection->retiring)
	{
		connection_close(connection);
		connection->retry_at = connection->pool->worker->now;
	}
	else if (connection->dirty && !connection->pooled)
		connection_clean_up(connection);
}

static void
call_complete(Connection *connection, Exchange *exchange)
{
	bool failed = exchange->sqlstate[0] != '\0';
	bool stale = exchange_is_stale(exchange);
	bool probed = exchange->probe != PROBE_NONE;

	/* A statement that did not come to be run is prepared anew next time; and
	 * where one is not known, none may be. */
	if (failed && strcmp(exchange->sqlstate, "26000") == 0)
		connection_forget_statements(connection);
	else if (failed && !exchange->bound &&
			 ((exchange->parses && !exchange->parsed) || stale))
		connection_forget_statement(connection, exchange->statement_name);
	if (failed && exchange->prologue && !exchange->began)
		memset(connection->begins, 0, sizeof(connection->begins));

	if (is_probing(exchange))
		exchange->probe = PROBE_GOOD;
	if (failed && !probed &&
		(session_failed(exchange) || found_standby(connection, exchange)))
	{
		connection->retiring = true;
		pool_resend_or_refuse(connection->pool, exchange, false);
		return;
	}
	if (failed && !probed && exchange->client != NULL &&
		!failed_before_call(exchange) && exchange_may_be_bad_value(exchange))
	{
		pool_probe(connection->pool, exchange);
		return;
	}

	/* What was known of the function may be wrong altogether. */
	if (exchange_found_another(exchange) ||
		(failed && (stale || exchange_is_broken(exchange))))
		catalog_doubt(connection->pool->worker->catalog);

	if (failed && stale && exchange->client != NULL)
	{
		pool_resend_or_refuse(connection->pool, exchange, false);
		return;
	}
	if (failed && exchange->route != NULL)
		exchange_suggest_grant(exchange, PQuser(connection->libpq));
	pool_answer(connection->pool, exchange);
}

/* Whether acu_internal.begin_call() has failed, so that the call was not made.
 */
static bool
failed_before_call(const Exchange *exchange)
{
	return exchange->prologue && !exchange->began;
}

/* Whether a call that may write has met a server that does not let it, where
 * another was expected.  What the call did is undone. */
static bool
found_standby(const Connection *connection, const Exchange *exchange)
{
	return strcmp(exchange->sqlstate, "25006") == 0 &&
		   exchange->route != NULL && !exchange_is_safe(exchange) &&
		   !connection_is_primary(connection) &&
		   worker_wants_primary(connection->pool->worker);
}

/* Whether that was for the session, and not as acu_internal.begin_call() or its
 * statement is missing. */
static bool
session_failed(const Exchange *exchange)
{
	const char *sqlstate = exchange->sqlstate;
	bool missing =
		strncmp(sqlstate, "3F", 2) == 0 || strcmp(sqlstate, "26000") == 0 ||
		(strncmp(sqlstate, "42", 2) == 0 && strcmp(sqlstate, "42501") != 0);

	return failed_before_call(exchange) && !missing;
}
