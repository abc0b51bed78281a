/*-------------------------------------------------------------------------
 *
 * framing.c
 *		The framing of an HTTP request: its lines, and where its body ends.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/http/framing.h"

#include "httpd/base/text.h"

#include <string.h>

/* Chunk extensions and trailers, which no usual client sends. */
#define MAX_EXTRA_BYTES 4096

/* Places of the digits in HTTP/1.1. */
#define MAJOR_DIGIT 5
#define MINOR_DIGIT 7

/* 2^60 - 1 bytes in a chunk leave room for every sum. */
#define MAX_CHUNK_DIGITS 15

static const char bad_extension[] =
	"a chunk extension that is not ;name or ;name=value";

void
refusal_set(Refusal *refusal, int status, const char *message)
{
	if (refusal->status == 0)
	{
		refusal->status = status;
		refusal->message = message;
	}
}

void
framing_init(Framing *framing)
{
	memset(framing, 0, sizeof(*framing));
	framing->part = FRAMING_LINE;
}

void
framing_expect_bytes(Framing *framing, uint64_t length)
{
	framing->left = length;
	framing->part = length > 0 ? FRAMING_BODY : FRAMING_DONE;
}

void
framing_expect_chunks(Framing *framing)
{
	framing->part = FRAMING_CHUNK_SIZE;
	framing->digits = 0;
	framing->left = 0;
}

static size_t
pass_counted(Framing *framing, size_t size)
{
	if (size > framing->left)
		size = (size_t) framing->left;
	framing->left -= size;
	if (framing->left == 0)
		framing->part = framing->part == FRAMING_BODY ? FRAMING_DONE
													  : FRAMING_CHUNK_DATA_CR;
	return size;
}

/*
 * Takes a CR, or the byte behind one; false for any other byte.  Behind the LF
 * part is next.  A CR without an LF and an LF without a CR are refused.
 */
static bool
pass_line_end(Framing *framing, unsigned char byte, FramingPart next,
			  Refusal *refusal)
{
	if (framing->cr)
	{
		framing->cr = false;
		if (byte != '\n')
			refusal_set(refusal, 400, "a CR without an LF");
		framing->part = next;
		return true;
	}
	if (byte == '\r')
	{
		framing->cr = true;
		return true;
	}
	if (byte == '\n')
	{
		refusal_set(refusal, 400, "an LF without a CR");
		return true;
	}
	return false;
}

/* A blank, of which there is one on each side of the target. */
static void
pass_request_blank(Framing *framing, Refusal *refusal)
{
	if (framing->word_bytes == 0 || ++framing->words > 2)
		refusal_set(refusal, 400,
					"blanks in the request line where none belong");
	framing->word_bytes = 0;
}

/* A byte of the version: HTTP/1.0 or higher, with one digit each (RFC 9112,
 * 2.3).  A later 1.x is read as 1.1 (RFC 9110, 2.5); llhttp would refuse it. */
static void
pass_version(Framing *framing, unsigned char byte, Refusal *refusal)
{
	static const char form[] = "HTTP/0.0";

	if (framing->word_bytes >= strlen(form) ||
		(form[framing->word_bytes] == '0'
			 ? byte < '0' || byte > '9'
			 : byte != (unsigned char) form[framing->word_bytes]))
		refusal_set(refusal, 400, "a version that is not of the form HTTP/1.1");
	else if (framing->word_bytes == MAJOR_DIGIT)
		framing->major = byte;
	else if (framing->word_bytes == MINOR_DIGIT && framing->major != '1')
		refusal_set(refusal, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	else if (framing->word_bytes == MINOR_DIGIT && byte > '1')
		framing->instead = '1';
}

static void
pass_request_word(Framing *framing, unsigned char byte, Refusal *refusal)
{
	if (framing->words == 2)
		pass_version(framing, byte, refusal);
	else if (framing->words == 0 &&
			 framing->word_bytes < sizeof(framing->method) - 1)
		framing->method[framing->word_bytes] = (char) byte;
	framing->word_bytes++;
}

static void
pass_request_line(Framing *framing, const FramingLimits *limits,
				  unsigned char byte, Refusal *refusal)
{
	/* One empty line before a request is ignored (RFC 9112, 2.2). */
	bool empty = framing->part_bytes == 0;

	if (pass_line_end(framing, byte,
					  empty ? FRAMING_LINE : FRAMING_HEADER_START, refusal))
	{
		if (!empty && byte == '\r' &&
			(framing->words != 2 || framing->word_bytes <= MINOR_DIGIT))
			refusal_set(refusal, 400, "a request line without a version");
		if (empty && byte == '\r' && framing->empty_line)
			refusal_set(refusal, 400, "empty lines in place of a request line");
		if (empty)
			framing->empty_line = true;
		else if (framing->part == FRAMING_HEADER_START)
			framing->part_bytes = 0;
		return;
	}
	if (byte < 0x20 || byte >= 0x7f)
		refusal_set(refusal, 400,
					"a byte in the request line that must be escaped");
	if (++framing->part_bytes > limits->line_bytes)
		refusal_set(refusal, 414, "the request line is too long");
	if (byte == ' ')
		pass_request_blank(framing, refusal);
	else
		pass_request_word(framing, byte, refusal);
}

static void
pass_value(Framing *framing, unsigned char byte, FramingPart next,
		   Refusal *refusal)
{
	if (pass_line_end(framing, byte, next, refusal))
		return;
	/* llhttp refuses a tab behind a number, where a blank is allowed. */
	if (byte == '\t')
		framing->instead = ' ';
	else if (byte < 0x20 || byte == 0x7f)
		refusal_set(refusal, 400, "a control byte in a header");
}

/* Whether a byte may stand in a token, such as a name (RFC 9110, 5.6.2). */
static bool
is_token(unsigned char byte)
{
	return byte > 0x20 && byte < 0x7f &&
		   strchr("\"(),/:;<=>?@[\\]{}", byte) == NULL;
}

/* A byte of the name of a header or trailer: a token (RFC 9110, 5.6.2). */
static void
pass_name(Framing *framing, unsigned char byte, FramingPart name,
		  FramingPart value, Refusal *refusal)
{
	framing->part = name;
	if (byte == ':')
		framing->part = value;
	else if (byte == '\r' || byte == '\n')
		refusal_set(refusal, 400, "a header without a colon");
	else if (byte == ' ' || byte == '\t')
		refusal_set(refusal, 400,
					"a blank in, before or after the name of a header");
	else if (!is_token(byte))
		refusal_set(refusal, 400, "an invalid byte in the name of a header");
}

static void
pass_header(Framing *framing, const FramingLimits *limits, unsigned char byte,
			Refusal *refusal)
{
	if (++framing->part_bytes > limits->header_bytes)
		refusal_set(refusal, 431, "the headers are too long");
	else if (framing->part == FRAMING_HEADER_VALUE)
		pass_value(framing, byte, FRAMING_HEADER_START, refusal);
	else
		pass_name(framing, byte, FRAMING_HEADER_NAME, FRAMING_HEADER_VALUE,
				  refusal);
}

static void
start_header(Framing *framing, const FramingLimits *limits, unsigned char byte,
			 Refusal *refusal)
{
	if (byte == '\r')
	{
		framing->cr = true;
		framing->part = FRAMING_HEAD_END;
	}
	else if (byte == ':')
		refusal_set(refusal, 400, "a header without a name");
	else if (++framing->headers > limits->headers)
		refusal_set(refusal, 431, "too many headers");
	else
		pass_header(framing, limits, byte, refusal);
}

static bool
extension_may_end(const Framing *framing)
{
	return framing->extension == EXTENSION_NAME_MORE ||
		   framing->extension == EXTENSION_EQUALS ||
		   framing->extension == EXTENSION_VALUE_MORE ||
		   framing->extension == EXTENSION_OVER;
}

static void
end_chunk_size(Framing *framing, const FramingLimits *limits, Refusal *refusal)
{
	framing->body += framing->left;
	framing->digits = 0;
	if (framing->body > limits->body_bytes)
		refusal_set(refusal, 413, "the body is too large");
	if (framing->left == 0)
		framing->part = FRAMING_TRAILER_START;
}

/* A byte of a chunk extension; see FramingExtension. */
static void
pass_extension(Framing *framing, unsigned char byte, Refusal *refusal)
{
	bool blank = byte == ' ' || byte == '\t';
	bool token = is_token(byte);

	if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
		refusal_set(refusal, 400, "a control byte in a chunk extension");
	else if (framing->extension == EXTENSION_QUOTED_PAIR)
		framing->extension = EXTENSION_QUOTED;
	else if (framing->extension == EXTENSION_QUOTED)
		framing->extension = byte == '"'	? EXTENSION_OVER
							 : byte == '\\' ? EXTENSION_QUOTED_PAIR
											: EXTENSION_QUOTED;
	else if (byte == ';' && extension_may_end(framing))
		framing->extension = EXTENSION_NAME;
	else if (byte == '=' && (framing->extension == EXTENSION_NAME_MORE ||
							 framing->extension == EXTENSION_EQUALS))
		framing->extension = EXTENSION_VALUE;
	else if (byte == '"' && framing->extension == EXTENSION_VALUE)
		framing->extension = EXTENSION_QUOTED;
	else if (token && framing->extension == EXTENSION_NAME)
		framing->extension = EXTENSION_NAME_MORE;
	else if (token && framing->extension == EXTENSION_VALUE)
		framing->extension = EXTENSION_VALUE_MORE;
	else if (blank && framing->extension == EXTENSION_NAME_MORE)
		framing->extension = EXTENSION_EQUALS;
	else if (blank && framing->extension == EXTENSION_VALUE_MORE)
		framing->extension = EXTENSION_OVER;
	else if (!blank && !(token && (framing->extension == EXTENSION_NAME_MORE ||
								   framing->extension == EXTENSION_VALUE_MORE)))
		refusal_set(refusal, 400, bad_extension);
}

static void
pass_chunk_size(Framing *framing, const FramingLimits *limits,
				unsigned char byte, Refusal *refusal)
{
	int digit = text_hex_digit((char) byte);

	if (pass_line_end(framing, byte, FRAMING_CHUNK_DATA, refusal))
	{
		if (framing->digits == 0)
			refusal_set(refusal, 400, "a chunk without a size");
		else if (byte == '\r' && framing->part == FRAMING_CHUNK_EXTENSION &&
				 !extension_may_end(framing))
			refusal_set(refusal, 400, bad_extension);
		else if (framing->part == FRAMING_CHUNK_DATA)
			end_chunk_size(framing, limits, refusal);
		return;
	}
	if (framing->part == FRAMING_CHUNK_EXTENSION)
	{
		pass_extension(framing, byte, refusal);
		if (++framing->extra_bytes > MAX_EXTRA_BYTES)
			refusal_set(refusal, 400, "chunk extensions that are too long");
	}
	else if (byte == ';' && framing->digits > 0)
	{
		framing->part = FRAMING_CHUNK_EXTENSION;
		framing->extension = EXTENSION_NAME;
	}
	else if (digit < 0)
		refusal_set(refusal, 400,
					"a chunk size that is not a hexadecimal number");
	else if (++framing->digits > MAX_CHUNK_DIGITS)
		refusal_set(refusal, 413, "a chunk that is too large");
	else
		framing->left = framing->left * 16 + (uint64_t) digit;
}

/* The line end that closes a chunk's data. */
static void
pass_chunk_end(Framing *framing, unsigned char byte, Refusal *refusal)
{
	if (framing->part == FRAMING_CHUNK_DATA_CR && byte == '\r')
		framing->part = FRAMING_CHUNK_DATA_LF;
	else if (framing->part == FRAMING_CHUNK_DATA_LF && byte == '\n')
		framing->part = FRAMING_CHUNK_SIZE;
	else
		refusal_set(refusal, 400, "a chunk that does not end with CR and LF");
}

/* A byte of the trailers, of which only the lines are checked. */
static void
pass_trailer(Framing *framing, unsigned char byte, Refusal *refusal)
{
	if (++framing->extra_bytes > MAX_EXTRA_BYTES)
		refusal_set(refusal, 431, "the trailers are too long");
	else if (framing->part == FRAMING_TRAILER_END)
		pass_line_end(framing, byte, FRAMING_DONE, refusal);
	else if (framing->part == FRAMING_TRAILER_START && byte == '\r')
	{
		framing->cr = true;
		framing->part = FRAMING_TRAILER_END;
	}
	else if (framing->part == FRAMING_TRAILER_START && byte == ':')
		refusal_set(refusal, 400, "a trailer without a name");
	else if (framing->part == FRAMING_TRAILER_VALUE)
		pass_value(framing, byte, FRAMING_TRAILER_START, refusal);
	else
		pass_name(framing, byte, FRAMING_TRAILER_NAME, FRAMING_TRAILER_VALUE,
				  refusal);
}

static void
pass_byte(Framing *framing, const FramingLimits *limits, unsigned char byte,
		  Refusal *refusal)
{
	switch (framing->part)
	{
		case FRAMING_LINE:
			pass_request_line(framing, limits, byte, refusal);
			break;
		case FRAMING_HEADER_START:
			start_header(framing, limits, byte, refusal);
			break;
		case FRAMING_HEADER_NAME:
		case FRAMING_HEADER_VALUE:
			pass_header(framing, limits, byte, refusal);
			break;
		case FRAMING_HEAD_END:
			pass_line_end(framing, byte, FRAMING_BODY, refusal);
			break;
		case FRAMING_CHUNK_SIZE:
		case FRAMING_CHUNK_EXTENSION:
			pass_chunk_size(framing, limits, byte, refusal);
			break;
		case FRAMING_CHUNK_DATA_CR:
		case FRAMING_CHUNK_DATA_LF:
			pass_chunk_end(framing, byte, refusal);
			break;
		case FRAMING_TRAILER_START:
		case FRAMING_TRAILER_NAME:
		case FRAMING_TRAILER_VALUE:
		case FRAMING_TRAILER_END:
			pass_trailer(framing, byte, refusal);
			break;
		case FRAMING_BODY:
		case FRAMING_CHUNK_DATA:
		case FRAMING_DONE:
			break;
	}
}

size_t
framing_pass(Framing *framing, const FramingLimits *limits, const char *bytes,
			 size_t size, BodyPiece *piece, Refusal *refusal)
{
	size_t at = 0;

	piece->size = 0;
	framing->instead = 0;
	while (at < size && framing->part != FRAMING_DONE)
	{
		if (framing->part == FRAMING_BODY ||
			framing->part == FRAMING_CHUNK_DATA)
		{
			piece->bytes = bytes + at;
			piece->size = pass_counted(framing, size - at);
			return at + piece->size;
		}
		pass_byte(framing, limits, (unsigned char) bytes[at], refusal);
		if (refusal->status != 0)
			return 0;
		at++;
		if (framing->part == FRAMING_BODY || framing->instead != 0)
			break;
	}
	return at;
}
