/*-------------------------------------------------------------------------
 *
 * pipeline_write.c
 *		Writing to a connection to the database: the first message of a session,
 *		and calls.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/db/pipeline_write.h"

#include "httpd/routes/route_sql.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_CALL_SIZE 64

void
pipeline_forget_statement(Connection *connection, const char *name)
{
	char forgotten[STATEMENT_NAME_SIZE]; /* name may be in the array */

	strcpy(forgotten, name);
	/* Two slots have the same statement while routes are read anew. */
	for (int slot = 0; slot < STATEMENT_SLOTS; slot++)
		if (strcmp(connection->prepared[slot], forgotten) == 0)
			connection->prepared[slot][0] = '\0';
}

void
pipeline_forget_statements(Connection *connection)
{
	memset(connection->prepared, 0, sizeof(connection->prepared));
	memset(connection->begins, 0, sizeof(connection->begins));
}

/* The process that answers is compared with the one that the connection began
 * with: behind a pooler they differ. */
void
pipeline_send_set_up(Connection *connection)
{
	char sql[96];

	snprintf(sql, sizeof(sql), "SELECT acu_internal.begin_session(%d, %lld)",
			 PQbackendPID(connection->libpq),
			 (long long) connection->loop->config->statement_timeout);
	connection->set_up = false;
	connection->pooled = false;
	connection->dirty = false;
	connection->pace = 0;
	connection->progress = connection->loop->now;
	wire_query(&connection->out, sql);
}

/*
 * Begins the transaction of a call: acu_internal.begin_call() makes the session
 * as if nobody had used it, and the transaction of a GET read-only.  When that
 * fails, the server skips the call.
 */
static void
add_prologue(Connection *connection, Call *call)
{
	Buffer *out = &connection->out;
	bool read_only = call->read_only || call->probe == PROBE_SENT;
	long long timeout = connection->loop->config->statement_timeout;
	char *name = connection->begins[read_only];
	char sql[BEGIN_CALL_SIZE];

	if (*name == '\0')
	{
		snprintf(sql, sizeof(sql),
				 "SELECT WHERE acu_internal.begin_call(%s, %lld)",
				 read_only ? "true" : "false", timeout);
		if (!connection->pooled)
		{
			statement_name(sql, name);
			wire_close(out, name);
		}
		wire_parse(out, name, sql);
	}
	wire_bind_nothing(out, name);
	wire_execute(out);
	call->prologue = true;
	call->began = false;
}

/* Sends the call's statement along, where the session does not have it. */
static void
prepare_statement(Connection *connection, Call *call)
{
	uint64_t given = call->checks ? STATEMENT_CHECK : call->arguments.given;
	const char *name;
	char *there;
	Buffer sql = { 0 };
	int slot = statement_find(call->table, call->route, given, &name);

	assert(slot >= 0 && slot < STATEMENT_SLOTS);
	there = connection->prepared[slot];
	if (connection->pooled)
		name = ""; /* lasts until the end of the transaction, and is ours */
	strcpy(call->statement_name, name);
	if (!connection->pooled && strcmp(there, name) == 0)
		return;
	if (*there != '\0')
	{
		wire_close(&connection->out, there);
		pipeline_forget_statement(connection, there);
	}
	if (*name != '\0')
		wire_close(&connection->out, name);
	statement_text(&sql, call->route, given);
	wire_parse(&connection->out, name, buffer_bytes(&sql));
	free(sql.data);
	strcpy(there, name);
	call->parses = true;
}

/* Writes the call itself, or the check whether it may still be made. */
static void
add_call(Connection *connection, Call *call)
{
	Buffer *out = &connection->out;

	prepare_statement(connection, call);
	if (call->checks)
		wire_bind_nothing(out, call->statement_name);
	else
		statement_bind(out, call->statement_name, &call->arguments,
					   call->route->binary);
	wire_execute(out);
}

/* The probe is the statement without a name, which nothing else uses. */
static void
add_probe(Connection *connection, const Call *call)
{
	Buffer *out = &connection->out;
	Buffer sql = { 0 };

	route_sql_probe(&sql, call->route, call->arguments.given);
	wire_parse(out, "", buffer_bytes(&sql));
	free(sql.data);
	statement_bind(out, "", &call->arguments, false);
	wire_execute(out);
}

/* Closes the transaction of a call. */
static void
add_end(Connection *connection, Call *call)
{
	wire_sync(&connection->out);
	if (connection->under_way.first == NULL)
		connection->progress = connection->loop->now;
	queue_append(&connection->under_way, &call->link);
}

void
pipeline_send(Connection *connection, Call *call)
{
	bool probes = call->probe == PROBE_SENT;
	bool trusted = !probes && (call->route->builtin || call->checks);

	assert(connection->set_up);
	if (connection->pooled || connection->dirty || !trusted)
		add_prologue(connection, call);
	if (!trusted)
		connection->dirty = true;
	if (probes)
		add_probe(connection, call);
	else
	{
		add_call(connection, call);
		call->attempts++;
	}
	add_end(connection, call);
}

void
pipeline_send_clean_up(Connection *connection)
{
	Call *call = call_new(NULL, NULL);

	connection->dirty = false;
	add_prologue(connection, call);
	add_end(connection, call);
}
