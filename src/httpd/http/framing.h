/*-------------------------------------------------------------------------
 *
 * framing.h
 *		The framing of an HTTP request: its lines, and where its body ends.
 *
 * Older releases of llhttp accept a bare CR or LF, a folded header and odd ends
 * of chunks.  Requests are smuggled past a proxy where it accepts such bytes
 * and the next server reads them differently.  So every byte is checked here
 * first; llhttp parses the head alone, and never sees a body.
 *
 * Pure: no allocation, no I/O, no clock.  A Framing belongs to one request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_FRAMING_H
#define PG_ACU_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct FramingLimits
{
	size_t line_bytes;	 /* request line */
	size_t header_bytes; /* all header lines together */
	int headers;		 /* how many */
	uint64_t body_bytes;
} FramingLimits;

/* The place of the next byte. */
typedef enum FramingPart
{
	FRAMING_LINE,		  /* the request line */
	FRAMING_HEADER_START, /* first byte of a header line, or of the empty one */
	FRAMING_HEADER_NAME,
	FRAMING_HEADER_VALUE,
	FRAMING_HEAD_END, /* the LF of the empty line is due */
	FRAMING_BODY,	  /* counted bytes */
	FRAMING_CHUNK_SIZE,
	FRAMING_CHUNK_EXTENSION, /* see FramingExtension */
	FRAMING_CHUNK_DATA,
	FRAMING_CHUNK_DATA_CR,
	FRAMING_CHUNK_DATA_LF,
	FRAMING_TRAILER_START,
	FRAMING_TRAILER_NAME,
	FRAMING_TRAILER_VALUE,
	FRAMING_TRAILER_END,
	FRAMING_DONE
} FramingPart;

/* The place of the next byte in a chunk extension, which is ;name or
 * ;name=value with blanks around each (RFC 9112, 7.1.1). */
typedef enum FramingExtension
{
	EXTENSION_NAME,		   /* the first byte of the name */
	EXTENSION_NAME_MORE,   /* more of it, or what follows */
	EXTENSION_EQUALS,	   /* behind a blank: = or ; or the end */
	EXTENSION_VALUE,	   /* the first byte of the value */
	EXTENSION_VALUE_MORE,  /* more of a token, or what follows */
	EXTENSION_QUOTED,	   /* more of a quoted string */
	EXTENSION_QUOTED_PAIR, /* the byte behind its backslash */
	EXTENSION_OVER		   /* ; or the end */
} FramingExtension;

typedef struct Framing
{
	FramingPart part;
	FramingExtension extension;
	char instead;		/* byte for the parser in place of the last one; or 0 */
	char method[16];	/* as received, cut to this size; for refusals */
	bool cr;			/* the last byte was a CR: an LF is due */
	bool empty_line;	/* one before the request line has been seen */
	char major;			/* first digit of the version */
	int words;			/* complete words of the request line */
	size_t word_bytes;	/* size of the incomplete word */
	int digits;			/* digits of the chunk size */
	int headers;		/* header lines so far */
	size_t part_bytes;	/* size of the request line, or of the headers */
	size_t extra_bytes; /* size of chunk extensions and trailers */
	uint64_t left;		/* bytes missing of the body, or of the chunk */
	uint64_t body;		/* bytes of the body so far */
} Framing;

/* The answer to an invalid request.  status is 0 as long as nothing is wrong.
 */
typedef struct Refusal
{
	int status;
	const char *message;
	const char *hint; /* or NULL */
} Refusal;

/* Sets the refusal, unless it is set already: the first one counts. */
extern void refusal_set(Refusal *refusal, int status, const char *message);

extern void framing_init(Framing *framing);

/* Bytes of the body, without sizes of chunks and the like. */
typedef struct BodyPiece
{
	const char *bytes;
	size_t size;
} BodyPiece;

/*
 * Checks bytes and returns how many of them are good; 0 and a refusal when one
 * is not.  Stops behind the head, with part FRAMING_BODY, until one of the two
 * functions below is called; behind each piece of the body, which is then in
 * piece; behind a byte that has another one for the parser; and behind the
 * request, with part FRAMING_DONE.
 */
extern size_t
framing_pass(Framing *framing, const FramingLimits *limits, const char *bytes,
			 size_t size, BodyPiece *piece, Refusal *refusal);

/* Say which body follows the head: so many bytes, perhaps none, or chunks. */
extern void framing_expect_bytes(Framing *framing, uint64_t length);
extern void framing_expect_chunks(Framing *framing);

#endif
