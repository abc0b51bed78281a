/*-------------------------------------------------------------------------
 *
 * framing.c
 *		The gate in front of the HTTP parser.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/http/framing.h"

#include <string.h>

/* More of these is no honest client: nobody sends any. */
#define MOST_EXTRA_BYTES 4096

/* Where the digits of HTTP/1.1 are. */
#define MAJOR_DIGIT 5
#define MINOR_DIGIT 7

/* 2^60 - 1 bytes in a chunk leave room for every sum. */
#define MOST_CHUNK_DIGITS 15

static const char bad_extension[] =
	"a chunk extension that is not ;name or ;name=value";

void
gate_init(Gate *gate)
{
	memset(gate, 0, sizeof(*gate));
	gate->part = GATE_LINE;
}

void
gate_expect_bytes(Gate *gate, uint64_t length)
{
	gate->left = length;
	gate->part = length > 0 ? GATE_BODY : GATE_DONE;
}

void
gate_expect_chunks(Gate *gate)
{
	gate->part = GATE_CHUNK_SIZE;
	gate->digits = 0;
	gate->left = 0;
}

static size_t
pass_counted(Gate *gate, size_t size)
{
	if (size > gate->left)
		size = (size_t) gate->left;
	gate->left -= size;
	if (gate->left == 0)
		gate->part = gate->part == GATE_BODY ? GATE_DONE : GATE_CHUNK_DATA_CR;
	return size;
}

/* The first thing that is wrong is the one to tell. */
static void
refuse(Refusal *refusal, int status, const char *message)
{
	if (refusal->status == 0)
	{
		refusal->status = status;
		refusal->message = message;
	}
}

/*
 * True when the byte belongs to the end of a line.  A CR must be followed by an
 * LF, and an LF must follow a CR.
 */
static bool
line_end(Gate *gate, unsigned char byte, GatePart next, Refusal *refusal)
{
	if (gate->cr)
	{
		gate->cr = false;
		if (byte != '\n')
			refuse(refusal, 400, "a CR without an LF");
		gate->part = next;
		return true;
	}
	if (byte == '\r')
	{
		gate->cr = true;
		return true;
	}
	if (byte == '\n')
	{
		refuse(refusal, 400, "an LF without a CR");
		return true;
	}
	return false;
}

/* Method, target and version: one blank between them and none elsewhere. */
static void
pass_request_blank(Gate *gate, Refusal *refusal)
{
	if (gate->word_bytes == 0 || ++gate->words > 2)
		refuse(refusal, 400, "blanks in the request line where none belong");
	gate->word_bytes = 0;
}

/* The version is HTTP/1.0 or higher, with one digit each (RFC 9112, 2.3).  What
 * a later 1.x says is read as 1.1 (RFC 9110, 2.5), which llhttp would refuse.
 */
static void
pass_version(Gate *gate, unsigned char byte, Refusal *refusal)
{
	static const char form[] = "HTTP/0.0";

	if (gate->word_bytes >= strlen(form) ||
		(form[gate->word_bytes] == '0'
			 ? byte < '0' || byte > '9'
			 : byte != (unsigned char) form[gate->word_bytes]))
		refuse(refusal, 400, "a version that is not of the form HTTP/1.1");
	else if (gate->word_bytes == MAJOR_DIGIT)
		gate->major = byte;
	else if (gate->word_bytes == MINOR_DIGIT && gate->major != '1')
		refuse(refusal, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	else if (gate->word_bytes == MINOR_DIGIT && byte > '1')
		gate->instead = '1';
}

static void
pass_request_word(Gate *gate, unsigned char byte, Refusal *refusal)
{
	if (gate->words == 2)
		pass_version(gate, byte, refusal);
	else if (gate->words == 0 && gate->word_bytes < sizeof(gate->method) - 1)
		gate->method[gate->word_bytes] = (char) byte;
	gate->word_bytes++;
}

static void
pass_request_line(Gate *gate, const GateLimits *limits, unsigned char byte,
				  Refusal *refusal)
{
	/* One empty line before a request is to be forgiven (RFC 9112, 2.2). */
	bool empty = gate->part_bytes == 0;

	if (line_end(gate, byte, empty ? GATE_LINE : GATE_HEADER_START, refusal))
	{
		if (!empty && byte == '\r' &&
			(gate->words != 2 || gate->word_bytes <= MINOR_DIGIT))
			refuse(refusal, 400, "a request line without a version");
		if (empty && byte == '\r' && gate->empty_line)
			refuse(refusal, 400, "empty lines in place of a request line");
		if (empty)
			gate->empty_line = true;
		else if (gate->part == GATE_HEADER_START)
			gate->part_bytes = 0;
		return;
	}
	if (byte < 0x20 || byte >= 0x7f)
		refuse(refusal, 400, "a byte in the request line that must be escaped");
	if (++gate->part_bytes > limits->line_bytes)
		refuse(refusal, 414, "the request line is too long");
	if (byte == ' ')
		pass_request_blank(gate, refusal);
	else
		pass_request_word(gate, byte, refusal);
}

static void
pass_value(Gate *gate, unsigned char byte, GatePart next, Refusal *refusal)
{
	if (line_end(gate, byte, next, refusal))
		return;
	/* A tab is a blank, which llhttp does not know behind a number. */
	if (byte == '\t')
		gate->instead = ' ';
	else if (byte < 0x20 || byte == 0x7f)
		refuse(refusal, 400, "a control byte in a header");
}

/* Whether a name or a bare value may have it (RFC 9110, 5.6.2). */
static bool
is_token(unsigned char byte)
{
	return byte > 0x20 && byte < 0x7f &&
		   strchr("\"(),/:;<=>?@[\\]{}", byte) == NULL;
}

/* A byte of the name of a header or trailer: a token (RFC 9110, 5.6.2). */
static void
pass_name(Gate *gate, unsigned char byte, GatePart name, GatePart value,
		  Refusal *refusal)
{
	gate->part = name;
	if (byte == ':')
		gate->part = value;
	else if (byte == '\r' || byte == '\n')
		refuse(refusal, 400, "a header without a colon");
	else if (byte == ' ' || byte == '\t')
		refuse(refusal, 400,
			   "a blank in, before or after the name of a header");
	else if (!is_token(byte))
		refuse(refusal, 400, "a byte that no name of a header has");
}

static void
pass_header(Gate *gate, const GateLimits *limits, unsigned char byte,
			Refusal *refusal)
{
	if (++gate->part_bytes > limits->header_bytes)
		refuse(refusal, 431, "the headers are too long");
	else if (gate->part == GATE_HEADER_VALUE)
		pass_value(gate, byte, GATE_HEADER_START, refusal);
	else
		pass_name(gate, byte, GATE_HEADER_NAME, GATE_HEADER_VALUE, refusal);
}

static void
start_header(Gate *gate, const GateLimits *limits, unsigned char byte,
			 Refusal *refusal)
{
	if (byte == '\r')
	{
		gate->cr = true;
		gate->part = GATE_HEAD_END;
	}
	else if (byte == ':')
		refuse(refusal, 400, "a header without a name");
	else if (++gate->headers > limits->headers)
		refuse(refusal, 431, "too many headers");
	else
		pass_header(gate, limits, byte, refusal);
}

static int
hex_digit(unsigned char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

static bool
extension_may_end(const Gate *gate)
{
	return gate->extension == EXTENSION_NAME_MORE ||
		   gate->extension == EXTENSION_EQUALS ||
		   gate->extension == EXTENSION_VALUE_MORE ||
		   gate->extension == EXTENSION_OVER;
}

static void
end_chunk_size(Gate *gate, const GateLimits *limits, Refusal *refusal)
{
	gate->body += gate->left;
	gate->digits = 0;
	if (gate->body > limits->body_bytes)
		refuse(refusal, 413, "the body is too large");
	if (gate->left == 0)
		gate->part = GATE_TRAILER_START;
}

/* A byte of a chunk extension. */
static void
pass_extension(Gate *gate, unsigned char byte, Refusal *refusal)
{
	bool blank = byte == ' ' || byte == '\t';
	bool token = is_token(byte);

	if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
		refuse(refusal, 400, "a control byte in a chunk extension");
	else if (gate->extension == EXTENSION_QUOTED_PAIR)
		gate->extension = EXTENSION_QUOTED;
	else if (gate->extension == EXTENSION_QUOTED)
		gate->extension = byte == '"'	 ? EXTENSION_OVER
						  : byte == '\\' ? EXTENSION_QUOTED_PAIR
										 : EXTENSION_QUOTED;
	else if (byte == ';' && extension_may_end(gate))
		gate->extension = EXTENSION_NAME;
	else if (byte == '=' && (gate->extension == EXTENSION_NAME_MORE ||
							 gate->extension == EXTENSION_EQUALS))
		gate->extension = EXTENSION_VALUE;
	else if (byte == '"' && gate->extension == EXTENSION_VALUE)
		gate->extension = EXTENSION_QUOTED;
	else if (token && gate->extension == EXTENSION_NAME)
		gate->extension = EXTENSION_NAME_MORE;
	else if (token && gate->extension == EXTENSION_VALUE)
		gate->extension = EXTENSION_VALUE_MORE;
	else if (blank && gate->extension == EXTENSION_NAME_MORE)
		gate->extension = EXTENSION_EQUALS;
	else if (blank && gate->extension == EXTENSION_VALUE_MORE)
		gate->extension = EXTENSION_OVER;
	else if (!blank && !(token && (gate->extension == EXTENSION_NAME_MORE ||
								   gate->extension == EXTENSION_VALUE_MORE)))
		refuse(refusal, 400, bad_extension);
}

static void
pass_chunk_size(Gate *gate, const GateLimits *limits, unsigned char byte,
				Refusal *refusal)
{
	int digit = hex_digit(byte);

	if (line_end(gate, byte, GATE_CHUNK_DATA, refusal))
	{
		if (gate->digits == 0)
			refuse(refusal, 400, "a chunk without a size");
		else if (byte == '\r' && gate->part == GATE_CHUNK_EXTENSION &&
				 !extension_may_end(gate))
			refuse(refusal, 400, bad_extension);
		else if (gate->part == GATE_CHUNK_DATA)
			end_chunk_size(gate, limits, refusal);
		return;
	}
	if (gate->part == GATE_CHUNK_EXTENSION)
	{
		pass_extension(gate, byte, refusal);
		if (++gate->extra_bytes > MOST_EXTRA_BYTES)
			refuse(refusal, 400, "chunk extensions that are too long");
	}
	else if (byte == ';' && gate->digits > 0)
	{
		gate->part = GATE_CHUNK_EXTENSION;
		gate->extension = EXTENSION_NAME;
	}
	else if (digit < 0)
		refuse(refusal, 400, "a chunk size that is no hexadecimal number");
	else if (++gate->digits > MOST_CHUNK_DIGITS)
		refuse(refusal, 413, "a chunk that is too large");
	else
		gate->left = gate->left * 16 + (uint64_t) digit;
}

/* The line end that closes a chunk's data. */
static void
pass_chunk_end(Gate *gate, unsigned char byte, Refusal *refusal)
{
	if (gate->part == GATE_CHUNK_DATA_CR && byte == '\r')
		gate->part = GATE_CHUNK_DATA_LF;
	else if (gate->part == GATE_CHUNK_DATA_LF && byte == '\n')
		gate->part = GATE_CHUNK_SIZE;
	else
		refuse(refusal, 400, "a chunk that does not end with CR and LF");
}

/* Trailers are read and not used: only their lines are looked at. */
static void
pass_trailer(Gate *gate, unsigned char byte, Refusal *refusal)
{
	if (++gate->extra_bytes > MOST_EXTRA_BYTES)
		refuse(refusal, 431, "the trailers are too long");
	else if (gate->part == GATE_TRAILER_END)
		line_end(gate, byte, GATE_DONE, refusal);
	else if (gate->part == GATE_TRAILER_START && byte == '\r')
	{
		gate->cr = true;
		gate->part = GATE_TRAILER_END;
	}
	else if (gate->part == GATE_TRAILER_START && byte == ':')
		refuse(refusal, 400, "a trailer without a name");
	else if (gate->part == GATE_TRAILER_VALUE)
		pass_value(gate, byte, GATE_TRAILER_START, refusal);
	else
		pass_name(gate, byte, GATE_TRAILER_NAME, GATE_TRAILER_VALUE, refusal);
}

static void
pass_byte(Gate *gate, const GateLimits *limits, unsigned char byte,
		  Refusal *refusal)
{
	switch (gate->part)
	{
		case GATE_LINE:
			pass_request_line(gate, limits, byte, refusal);
			break;
		case GATE_HEADER_START:
			start_header(gate, limits, byte, refusal);
			break;
		case GATE_HEADER_NAME:
		case GATE_HEADER_VALUE:
			pass_header(gate, limits, byte, refusal);
			break;
		case GATE_HEAD_END:
			line_end(gate, byte, GATE_BODY, refusal);
			break;
		case GATE_CHUNK_SIZE:
		case GATE_CHUNK_EXTENSION:
			pass_chunk_size(gate, limits, byte, refusal);
			break;
		case GATE_CHUNK_DATA_CR:
		case GATE_CHUNK_DATA_LF:
			pass_chunk_end(gate, byte, refusal);
			break;
		case GATE_TRAILER_START:
		case GATE_TRAILER_NAME:
		case GATE_TRAILER_VALUE:
		case GATE_TRAILER_END:
			pass_trailer(gate, byte, refusal);
			break;
		case GATE_BODY:
		case GATE_CHUNK_DATA:
		case GATE_DONE:
			break;
	}
}

size_t
gate_pass(Gate *gate, const GateLimits *limits, const char *bytes, size_t size,
		  BodyPiece *piece, Refusal *refusal)
{
	size_t at = 0;

	piece->size = 0;
	gate->instead = 0;
	while (at < size && gate->part != GATE_DONE)
	{
		if (gate->part == GATE_BODY || gate->part == GATE_CHUNK_DATA)
		{
			piece->bytes = bytes + at;
			piece->size = pass_counted(gate, size - at);
			return at + piece->size;
		}
		pass_byte(gate, limits, (unsigned char) bytes[at], refusal);
		if (refusal->status != 0)
			return 0;
		at++;
		if (gate->part == GATE_BODY || gate->instead != 0)
			break;
	}
	return at;
}
