/*-------------------------------------------------------------------------
 *
 * request.c
 *		One HTTP request, read from bytes as they come.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/http/request.h"

#include "httpd/http/request_head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A buffer that has grown beyond this is freed between requests. */
#define MAX_SPARE_BYTES 4096

#define NAME(text)             \
	{                          \
		text, sizeof(text) - 1 \
	}

static const struct
{
	const char *text;
	size_t length;
} header_names[HEADER_NAMES] = {
	[HEADER_OTHER] = NAME(""),
	[HEADER_HOST] = NAME("host"),
	[HEADER_CONTENT_TYPE] = NAME("content-type"),
	[HEADER_CONTENT_LENGTH] = NAME("content-length"),
	[HEADER_TRANSFER_ENCODING] = NAME("transfer-encoding"),
	[HEADER_EXPECT] = NAME("expect"),
	[HEADER_ORIGIN] = NAME("origin"),
	[HEADER_SEC_FETCH_SITE] = NAME("sec-fetch-site"),
	[HEADER_CONTENT_ENCODING] = NAME("content-encoding"),
	[HEADER_FORWARDED_FOR] = NAME("x-forwarded-for"),
};

void
request_init(Request *request, const FramingLimits *limits)
{
	memset(request, 0, sizeof(*request));
	request->limits = limits;
	request_reset(request);
}

static int
on_url(llhttp_t *parser, const char *at, size_t length)
{
	Request *request = parser->data;

	buffer_append(&request->target, at, length);
	return 0;
}

static int
on_field(llhttp_t *parser, const char *at, size_t length)
{
	Request *request = parser->data;

	for (size_t i = 0; i < length; i++)
	{
		if (request->name_length < MAX_HEADER_NAME)
			request->name[request->name_length] = at[i];
		request->name_length++;
	}
	return 0;
}

static int
on_field_end(llhttp_t *parser)
{
	Request *request = parser->data;

	request->header = HEADER_OTHER;
	for (int i = HEADER_OTHER + 1; i < HEADER_NAMES; i++)
		if (request->name_length == header_names[i].length &&
			strncasecmp(request->name, header_names[i].text,
						request->name_length) == 0)
			request->header = i;
	request->seen[request->header]++;
	if (request->header == HEADER_FORWARDED_FOR &&
		request->whole[HEADER_FORWARDED_FOR])
	{
		Buffer *value = &request->values[HEADER_FORWARDED_FOR];

		value->data[value->end - 1] = ',';
		request->whole[HEADER_FORWARDED_FOR] = false;
	}
	request->name_length = 0;
	return 0;
}

/* Whether the value that is being read is stored: of a header that counts, the
 * first one, and every one of X-Forwarded-For. */
static bool
keeps_value(const Request *request)
{
	return request->header == HEADER_FORWARDED_FOR ||
		   (request->header != HEADER_OTHER &&
			request->seen[request->header] == 1);
}

static int
on_value(llhttp_t *parser, const char *at, size_t length)
{
	Request *request = parser->data;

	if (keeps_value(request))
		buffer_append(&request->values[request->header], at, length);
	return 0;
}

static int
on_value_end(llhttp_t *parser)
{
	Request *request = parser->data;
	Buffer *value = &request->values[request->header];

	if (!keeps_value(request))
		return 0;
	while (buffer_length(value) > 0 && (value->data[value->end - 1] == ' ' ||
										value->data[value->end - 1] == '\t'))
		value->end--;
	buffer_append_byte(value, '\0');
	request->whole[request->header] = true;
	return 0;
}

/* Sets the method of a request that is refused before its head is complete, if
 * it is known: a reply to HEAD must have no body. */
static void
take_method(Request *request)
{
	if (request->head_read || request->framing.words == 0)
		return;
	for (int method = 0; method <= HTTP_SOURCE; method++)
		if (strcmp(request->framing.method, llhttp_method_name(method)) == 0)
		{
			request->method = (uint8_t) method;
			request->method_known = true;
		}
}

static void
refuse_request(Request *request, int status, const char *message)
{
	if (request->stage == REQUEST_REFUSED)
		return;
	request->stage = REQUEST_REFUSED;
	take_method(request);
	refusal_set(&request->refusal, status, message);
}

static int
on_head(llhttp_t *parser)
{
	Request *request = parser->data;

	if (request->stage != REQUEST_HEAD)
		return 0;
	request->method = parser->method;
	request->method_known = request->head_read = true;
	request_check_head(request, &request->refusal);
	if (request->refusal.status != 0)
	{
		request->stage = REQUEST_REFUSED;
		return -1;
	}

	request->http_1_0 = parser->http_minor == 0;
	request->keep_alive = llhttp_should_keep_alive(parser);
	request->content_length = parser->content_length;
	request->stage = REQUEST_BODY;

	/* The parser is to stop here: the body is framed without it, and there is
	 * no upgrade to another protocol. */
	parser->upgrade = 0;
	return 1;
}

static const llhttp_settings_t *
parser_callbacks(void)
{
	static llhttp_settings_t settings;

	if (settings.on_url == NULL)
	{
		llhttp_settings_init(&settings);
		settings.on_url = on_url;
		settings.on_header_field = on_field;
		settings.on_header_field_complete = on_field_end;
		settings.on_header_value = on_value;
		settings.on_header_value_complete = on_value_end;
		settings.on_headers_complete = on_head;
	}
	return &settings;
}

void
request_reset(Request *request)
{
	request->stage = REQUEST_HEAD;
	request->refusal = (Refusal){ 0 };
	/* Default to GET, so that an early refusal is sent with its body. */
	request->method = HTTP_GET;
	request->method_known = false;
	request->http_1_0 = false;
	request->keep_alive = false;
	request->expects_continue = false;
	request->discard = false;
	request->body_read = 0;
	request->query = NULL;
	request->name_length = 0;
	request->header = HEADER_OTHER;
	request->head_read = false;
	memset(request->seen, 0, sizeof(request->seen));
	memset(request->whole, 0, sizeof(request->whole));
	buffer_reset(&request->target, MAX_SPARE_BYTES);
	buffer_reset(&request->body, MAX_SPARE_BYTES);
	for (int i = 0; i < HEADER_NAMES; i++)
		buffer_reset(&request->values[i], MAX_SPARE_BYTES);
	framing_init(&request->framing);
	llhttp_init(&request->parser, HTTP_REQUEST, parser_callbacks());
	request->parser.data = request;
}

void
request_free(Request *request)
{
	free(request->target.data);
	free(request->body.data);
	for (int i = 0; i < HEADER_NAMES; i++)
		free(request->values[i].data);
}

bool
request_begun(const Request *request)
{
	return request->stage != REQUEST_HEAD ||
		   request->framing.part != FRAMING_LINE ||
		   request->framing.part_bytes > 0 || request->framing.cr;
}

bool
request_is_encoded(const Request *request)
{
	const char *coding = request_header(request, HEADER_CONTENT_ENCODING);

	return coding != NULL && *coding != '\0' &&
		   strcasecmp(coding, "identity") != 0;
}

static void
parser_failed(Request *request, llhttp_errno_t error)
{
	switch (error)
	{
		case HPE_INVALID_METHOD:
			refuse_request(request, 501, "a method that HTTP does not know");
			break;
		case HPE_INVALID_VERSION:
			refuse_request(request, 505,
						   "only HTTP/1.0 and HTTP/1.1 are spoken here");
			break;
		case HPE_UNEXPECTED_CONTENT_LENGTH:
			refuse_request(request, 400, "a second length of the body");
			break;
		case HPE_INVALID_CONTENT_LENGTH:
			refuse_request(request, 400, "an invalid Content-Length");
			break;
		case HPE_INVALID_TRANSFER_ENCODING:
			refuse_request(request, 400,
						   "a transfer coding other than chunked");
			break;
		default:
			refuse_request(request, 400, "the bytes are not an HTTP request");
			break;
	}
}

static void
expect_body(Request *request)
{
	if (request->seen[HEADER_TRANSFER_ENCODING] > 0)
		framing_expect_chunks(&request->framing);
	else if (request->seen[HEADER_CONTENT_LENGTH] > 0)
		framing_expect_bytes(&request->framing, request->content_length);
	else
		framing_expect_bytes(&request->framing, 0);
	if (request->framing.part == FRAMING_DONE)
		request->expects_continue = false;
}

/* Gives the parser bytes of the head that the framing has passed.  A head that
 * ends for one of the two, and not for the other, is refused. */
static void
parse_head(Request *request, const char *bytes, size_t size)
{
	bool whole = request->framing.part == FRAMING_BODY;
	const char *instead = &request->framing.instead;
	llhttp_errno_t error;

	if (*instead != 0)
	{
		error = llhttp_execute(&request->parser, bytes, size - 1);
		if (error == HPE_OK)
			error = llhttp_execute(&request->parser, instead, 1);
	}
	else
		error = llhttp_execute(&request->parser, bytes, size);

	if (request->stage == REQUEST_HEAD && error != HPE_OK)
		parser_failed(request, error);
	else if (request->stage != REQUEST_REFUSED &&
			 whole != (request->stage == REQUEST_BODY))
		refuse_request(request, 400, "a head whose end is in doubt");
	else if (request->stage == REQUEST_BODY)
		expect_body(request);
}

static void
take_body(Request *request, const BodyPiece *piece)
{
	request->body_read += piece->size;
	if (!request->discard)
		buffer_append(&request->body, piece->bytes, piece->size);
}

size_t
request_read(Request *request, const char *bytes, size_t size)
{
	size_t taken = 0;

	while (taken < size && request->stage <= REQUEST_BODY)
	{
		RequestStage stage = request->stage;
		BodyPiece piece;
		size_t passed =
			framing_pass(&request->framing, request->limits, bytes + taken,
						 size - taken, &piece, &request->refusal);

		if (request->refusal.status != 0)
		{
			request->stage = REQUEST_REFUSED;
			take_method(request);
		}
		else if (stage == REQUEST_HEAD)
			parse_head(request, bytes + taken, passed);
		else
			take_body(request, &piece);
		taken += passed;
		if (request->stage == REQUEST_BODY &&
			request->framing.part == FRAMING_DONE)
			request->stage = REQUEST_COMPLETE;
		if (stage == REQUEST_HEAD && request->stage == REQUEST_BODY)
			break;
	}
	return taken;
}
