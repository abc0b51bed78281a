/*-------------------------------------------------------------------------
 *
 * json.c
 *		Fuzzes the writing of JSON: what is written, PostgreSQL's own parser
 *		reads back as what was meant.
 *
 * Each byte of the input is an order to the writer.  What is ordered, and what
 * the parser finds, are noted down in one form and compared.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "httpd/base/text.h"
#include "httpd/routes/json_lexer.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Input
{
	const uint8_t *data;
	size_t size;
} Input;

static void
must(bool fact)
{
	if (!fact)
		abort();
}

static uint8_t
take_byte(Input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->data++;
}

/* Takes up to 15 bytes of the input as a string; an empty one where they are
 * not text. */
static void
take_text(Input *input, char text[16])
{
	size_t length = take_byte(input) % 16;

	if (length > input->size)
		length = input->size;
	memcpy(text, input->data, length);
	text[length] = '\0';
	input->data += length;
	input->size -= length;
	if (!is_text(text, strlen(text)))
		*text = '\0';
}

static void
note(Buffer *notes, char kind, const char *text)
{
	buffer_append_byte(notes, kind);
	buffer_append(notes, text, strlen(text) + 1);
}

static void
note_double(Buffer *notes, double number)
{
	if (!isfinite(number))
	{
		note(notes, '0', "null");
		return;
	}
	buffer_append_byte(notes, '#');
	buffer_append(notes, &number, sizeof(number));
}

/* Ends the innermost object or array. */
static void
end_level(JsonWriter *json, Buffer *notes)
{
	bool object = (json->objects >> (json->depth - 1)) & 1;

	note(notes, object ? '}' : ']', "");
	if (object)
		json_end_object(json);
	else
		json_end_array(json);
}

static void
begin_level(JsonWriter *json, Buffer *notes, bool object)
{
	note(notes, object ? '{' : '[', "");
	if (object)
		json_begin_object(json);
	else
		json_begin_array(json);
}

static void
write_scalar(JsonWriter *json, Buffer *notes, Input *input, int kind)
{
	char text[16];
	double number;
	int64_t integer;

	switch (kind)
	{
		case 0:
			take_text(input, text);
			note(notes, 's', text);
			json_write_string(json, text);
			break;
		case 1:
			memset(&number, 0, sizeof(number));
			for (size_t i = 0; i < sizeof(number); i++)
				((uint8_t *) &number)[i] = take_byte(input);
			note_double(notes, number);
			json_write_double(json, number);
			break;
		case 2:
			integer = (int8_t) take_byte(input) * INT64_C(0x0102030405);
			note_double(notes, (double) integer);
			json_write_integer(json, integer);
			break;
		case 3:
			integer = take_byte(input) % 2;
			note(notes, '0', integer ? "true" : "false");
			json_write_boolean(json, integer);
			break;
		default:
			note(notes, '0', "null");
			json_write_null(json);
			break;
	}
}

static void
write_all(JsonWriter *json, Buffer *notes, Input *input)
{
	begin_level(json, notes, take_byte(input) % 2);
	while (input->size > 0 && json->depth > 0)
	{
		uint8_t order = take_byte(input) % 8;
		char text[16];

		if (order == 7)
		{
			end_level(json, notes);
			continue;
		}
		if ((json->objects >> (json->depth - 1)) & 1)
		{
			take_text(input, text);
			note(notes, 'k', text);
			json_write_key(json, text);
		}
		if (order >= 5 && json->depth < JSON_MAX_DEPTH)
			begin_level(json, notes, order == 5);
		else
			write_scalar(json, notes, input, order);
	}
	while (json->depth > 0)
		end_level(json, notes);
}

static JSON_ACTION
object_begins(void *notes)
{
	note(notes, '{', "");
	JSON_ACTION_DONE;
}

static JSON_ACTION
object_ends(void *notes)
{
	note(notes, '}', "");
	JSON_ACTION_DONE;
}

static JSON_ACTION
array_begins(void *notes)
{
	note(notes, '[', "");
	JSON_ACTION_DONE;
}

static JSON_ACTION
array_ends(void *notes)
{
	note(notes, ']', "");
	JSON_ACTION_DONE;
}

static JSON_ACTION
field_begins(void *notes, char *name, bool isnull)
{
	(void) isnull;
	note(notes, 'k', name);
	JSON_ACTION_DONE;
}

static JSON_ACTION
field_ends(void *notes, char *name, bool isnull)
{
	(void) notes;
	(void) isnull;
	free(name);
	JSON_ACTION_DONE;
}

static JSON_ACTION
scalar(void *notes, char *token, JsonTokenType type)
{
	if (type == JSON_TOKEN_STRING)
		note(notes, 's', token);
	else if (type == JSON_TOKEN_NUMBER)
		note_double(notes, strtod(token, NULL));
	else
		note(notes, '0', token);
	free(token);
	JSON_ACTION_DONE;
}

static void
read_back(const Buffer *text, Buffer *notes)
{
	JsonSemAction actions = { .semstate = notes,
							  .object_start = object_begins,
							  .object_end = object_ends,
							  .array_start = array_begins,
							  .array_end = array_ends,
							  .object_field_start = field_begins,
							  .object_field_end = field_ends,
							  .scalar = scalar };
	JsonLexContext *lex =
		json_lexer_new(buffer_bytes(text), buffer_length(text));

	must(pg_parse_json(lex, &actions) == JSON_SUCCESS);
	json_lexer_free(lex);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Input input = { data, size };
	Buffer text = { 0 };
	Buffer meant = { 0 };
	Buffer found = { 0 };
	JsonWriter json = text_json_writer(&text);

	write_all(&json, &meant, &input);
	must(is_text(buffer_bytes(&text), buffer_length(&text)));
	read_back(&text, &found);
	must(buffer_length(&meant) == buffer_length(&found));
	must(memcmp(buffer_bytes(&meant), buffer_bytes(&found),
				buffer_length(&meant)) == 0);
	free(text.data);
	free(meant.data);
	free(found.data);
	return 0;
}
