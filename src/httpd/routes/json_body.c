/*-------------------------------------------------------------------------
 *
 * json_body.c
 *		A JSON body, as arguments of a function.
 *
 * PostgreSQL's own parser (common/jsonapi) reads it.  The parser calls itself
 * for every level, so the depth is checked first; and it leaks the memory of a
 * value when what follows is invalid, so the whole body is checked before any
 * value is taken.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "httpd/routes/json_body.h"

#include "httpd/base/text.h"
#include "httpd/routes/json_lexer.h"

/* Levels of a body; the parser calls itself for each. */
#define MAX_DEPTH 64

/* A message repeats so much of invalid JSON. */
#define MAX_SHOWN_BYTES 20

/* State of reading the keys of the outermost object. */
typedef struct ObjectReader
{
	JsonLexContext *lex;
	Arguments *arguments;
	int argument;	   /* argument whose value is being read, or -1 */
	const char *start; /* start of that value */
} ObjectReader;

/* State of writing a JSON array as an array literal of SQL. */
typedef struct ArrayWriter
{
	JsonLexContext *lex;
	Buffer literal;
	int objects;	   /* depth of objects */
	const char *start; /* start of the outermost object, or of a JSON element */
} ArrayWriter;

static bool
is_too_deep(const char *json, size_t length)
{
	int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < length; i++)
	{
		if (in_string && json[i] == '\\')
			i++;
		else if (json[i] == '"')
			in_string = !in_string;
		else if (!in_string && (json[i] == '[' || json[i] == '{'))
		{
			if (++depth > MAX_DEPTH)
				return true;
		}
		else if (!in_string && (json[i] == ']' || json[i] == '}'))
			depth--;
	}
	return false;
}

/* Says where the body is invalid: at a token, or NULL for its end. */
static void
refuse_at(Arguments *arguments, const char *body, size_t length,
		  const char *token)
{
	size_t left = token ? (size_t) (body + length - token) : 0;
	int shown = (int) text_clip(token, left, MAX_SHOWN_BYTES);
	size_t characters = 0;

	for (const char *at = body; at < body + length - left; at++)
		characters += (*at & 0xc0) != 0x80;
	if (left == 0)
		arguments_refuse(arguments, 400,
						 "the body is not JSON: it ends too early, after"
						 " character %zu",
						 characters);
	else
		arguments_refuse(arguments, 400,
						 "the body is not JSON at character %zu: %.*s",
						 characters + 1, shown, token);
}

static bool
is_json(Arguments *arguments, const char *body, size_t length)
{
	JsonLexContext *lex = json_lexer_new(body, length);
	JsonSemAction nothing = { 0 };
	bool good = pg_parse_json(lex, &nothing) == JSON_SUCCESS;

	if (!good)
		refuse_at(arguments, body, length, lex->token_start);
	json_lexer_free(lex);
	return good;
}

static JSON_ACTION
on_object(void *state)
{
	(void) state;
	JSON_ACTION_DONE;
}

static JSON_ACTION
on_field(void *state, char *name, bool isnull)
{
	ObjectReader *reader = state;

	if (reader->lex->lex_level == 1 && reader->arguments->status == 0)
	{
		reader->argument =
			arguments_find(reader->arguments, name, strlen(name));
		reader->start = reader->lex->token_start;
		if (isnull && reader->argument >= 0)
			arguments_set_null(reader->arguments, reader->argument);
	}
	JSON_ACTION_DONE;
}

static void
set_record(ObjectReader *reader, const char *json, size_t length)
{
	Buffer record = { 0 };
	JsonWriter writer = text_json_writer(&record);

	json_begin_object(&writer);
	json_write_key(&writer, "v");
	json_write_raw(&writer, json, length);
	json_end_object(&writer);
	arguments_set(reader->arguments, reader->argument, buffer_bytes(&record),
				  buffer_length(&record));
	free(record.data);
}

/* An empty object, as text, would pass for an empty array of SQL. */
static void
refuse_object(ObjectReader *reader)
{
	const char *name =
		reader->arguments->route->arguments[reader->argument].name;

	arguments_refuse(reader->arguments, 400,
					 "argument \"%.*s\" takes an array, not an object",
					 (int) text_clip(name, strlen(name), MAX_SHOWN_NAME), name);
}

static JSON_ACTION
on_array(void *state)
{
	ArrayWriter *writer = state;

	if (writer->objects == 0)
		buffer_append_byte(&writer->literal, '{');
	JSON_ACTION_DONE;
}

static JSON_ACTION
on_array_end(void *state)
{
	ArrayWriter *writer = state;

	if (writer->objects == 0)
		buffer_append_byte(&writer->literal, '}');
	JSON_ACTION_DONE;
}

static JSON_ACTION
on_element(void *state, bool isnull)
{
	ArrayWriter *writer = state;
	Buffer *literal = &writer->literal;

	(void) isnull;
	if (writer->objects == 0 && literal->data[literal->end - 1] != '{')
		buffer_append_byte(literal, ',');
	JSON_ACTION_DONE;
}

static JSON_ACTION
on_element_object(void *state)
{
	ArrayWriter *writer = state;

	if (writer->objects++ == 0)
		writer->start = writer->lex->token_start;
	JSON_ACTION_DONE;
}

static void
append_array_element(Buffer *literal, const char *text, size_t length)
{
	buffer_append_byte(literal, '"');
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] == '"' || text[i] == '\\')
			buffer_append_byte(literal, '\\');
		buffer_append_byte(literal, text[i]);
	}
	buffer_append_byte(literal, '"');
}

static JSON_ACTION
on_element_object_end(void *state)
{
	ArrayWriter *writer = state;

	if (--writer->objects == 0)
		append_array_element(
			&writer->literal, writer->start,
			(size_t) (writer->lex->prev_token_terminator - writer->start));
	JSON_ACTION_DONE;
}

static JSON_ACTION
on_element_scalar(void *state, char *token, JsonTokenType type)
{
	ArrayWriter *writer = state;

	if (writer->objects == 0 && type == JSON_TOKEN_STRING)
		append_array_element(&writer->literal, token, strlen(token));
	else if (writer->objects == 0 && type == JSON_TOKEN_NULL)
		buffer_append_string(&writer->literal, "NULL");
	else if (writer->objects == 0)
		buffer_append_string(&writer->literal, token);
	free(token);
	JSON_ACTION_DONE;
}

static void
set_array(ObjectReader *reader, const char *json, size_t length)
{
	ArrayWriter writer = { .lex = json_lexer_new(json, length) };
	JsonSemAction actions = { .semstate = &writer,
							  .array_start = on_array,
							  .array_end = on_array_end,
							  .array_element_start = on_element,
							  .object_start = on_element_object,
							  .object_end = on_element_object_end,
							  .scalar = on_element_scalar };

	pg_parse_json(writer.lex, &actions);
	arguments_set(reader->arguments, reader->argument,
				  buffer_bytes(&writer.literal),
				  buffer_length(&writer.literal));
	free(writer.literal.data);
	json_lexer_free(writer.lex);
}

static JSON_ACTION
on_json_element(void *state, bool isnull)
{
	ArrayWriter *writer = state;

	(void) isnull;
	if (writer->lex->lex_level == 1)
	{
		if (buffer_length(&writer->literal) > 1)
			buffer_append_byte(&writer->literal, ',');
		writer->start = writer->lex->token_start;
	}
	JSON_ACTION_DONE;
}

static JSON_ACTION
on_json_element_end(void *state, bool isnull)
{
	ArrayWriter *writer = state;

	if (writer->lex->lex_level == 1 && isnull)
		buffer_append_string(&writer->literal, "NULL");
	else if (writer->lex->lex_level == 1)
		append_array_element(
			&writer->literal, writer->start,
			(size_t) (writer->lex->prev_token_terminator - writer->start));
	JSON_ACTION_DONE;
}

/* Each element of the outermost array becomes one of the SQL array, as JSON; an
 * array in it is a value, not another dimension. */
static void
set_json_array(ObjectReader *reader, const char *json, size_t length)
{
	ArrayWriter writer = { .lex = json_lexer_new(json, length) };
	JsonSemAction actions = { .semstate = &writer,
							  .array_element_start = on_json_element,
							  .array_element_end = on_json_element_end };

	buffer_append_byte(&writer.literal, '{');
	pg_parse_json(writer.lex, &actions);
	buffer_append_byte(&writer.literal, '}');
	arguments_set(reader->arguments, reader->argument,
				  buffer_bytes(&writer.literal),
				  buffer_length(&writer.literal));
	free(writer.literal.data);
	json_lexer_free(writer.lex);
}

/* Sets the argument to the JSON from reader->start to end, written as its kind
 * asks; an argument that is neither JSON nor an array gets it as text. */
static void
set_json(ObjectReader *reader, const char *end)
{
	ArgumentKind kind =
		reader->arguments->route->arguments[reader->argument].kind;
	const char *json = reader->start;
	size_t length = (size_t) (end - json);
	bool array = kind == KIND_ARRAY || kind == KIND_JSON_ARRAY;

	if (kind == KIND_RECORD)
		set_record(reader, json, length);
	else if (array && *json == '{')
		refuse_object(reader);
	else if (kind == KIND_ARRAY)
		set_array(reader, json, length);
	else if (kind == KIND_JSON_ARRAY)
		set_json_array(reader, json, length);
	else
		arguments_set(reader->arguments, reader->argument, json, length);
}

static JSON_ACTION
on_field_end(void *state, char *name, bool isnull)
{
	ObjectReader *reader = state;

	(void) isnull;
	if (reader->lex->lex_level == 1)
	{
		/* on_scalar() has taken a scalar. */
		if (reader->argument >= 0 &&
			(*reader->start == '{' || *reader->start == '['))
			set_json(reader, reader->lex->prev_token_terminator);
		reader->argument = -1;
	}
	free(name);
	JSON_ACTION_DONE;
}

static JSON_ACTION
on_scalar(void *state, char *token, JsonTokenType type)
{
	ObjectReader *reader = state;

	if (reader->lex->lex_level == 1 && reader->argument >= 0 &&
		type != JSON_TOKEN_NULL)
	{
		ArgumentKind kind =
			reader->arguments->route->arguments[reader->argument].kind;

		/* For JSON, the string keeps its quotes. */
		if (kind == KIND_JSON || kind == KIND_RECORD)
			set_json(reader, reader->lex->prev_token_terminator);
		else
			arguments_set(reader->arguments, reader->argument, token,
						  strlen(token));
	}
	free(token);
	JSON_ACTION_DONE;
}

static bool
read_object(Arguments *arguments, const char *body, size_t length)
{
	ObjectReader reader = { .arguments = arguments, .argument = -1 };
	JsonSemAction actions = { .semstate = &reader,
							  .object_start = on_object,
							  .object_field_start = on_field,
							  .object_field_end = on_field_end,
							  .scalar = on_scalar };
	size_t blanks = 0;

	while (blanks < length && strchr(" \t\r\n", body[blanks]) != NULL)
		blanks++;
	if (body[blanks] != '{')
		return arguments_refuse(arguments, 400,
								"the body is not a JSON object");

	reader.lex = json_lexer_new(body, length);
	pg_parse_json(reader.lex, &actions);
	json_lexer_free(reader.lex);
	return arguments->status == 0;
}

bool
json_body_read(Arguments *arguments, const char *body, size_t length)
{
	const Route *route = arguments->route;

	if (!is_text(body, length))
		return arguments_refuse(arguments, 400, "the body is not UTF-8");
	if (is_too_deep(body, length))
		return arguments_refuse(arguments, 400,
								"the body is nested deeper than %d levels",
								MAX_DEPTH);
	if (!is_json(arguments, body, length))
		return false;
	if (route->argument_count == 1 && route->arguments[0].name == NULL)
	{
		arguments_set(arguments, 0, body, length);
		return true;
	}
	return read_object(arguments, body, length);
}
