/*-------------------------------------------------------------------------
 *
 * framing.h
 *		The gate in front of the HTTP parser: lets through only bytes whose
 *		lines are beyond doubt, and finds the body.
 *
 * llhttp's older releases forgive a bare CR or LF, a folded header and odd ends
 * of chunks.  What one server forgives and the next one reads differently is
 * how requests are smuggled past a proxy.  The gate sees every byte first, and
 * llhttp parses the head alone.
 *
 * Pure: libc only, no allocation, no clock.  One Gate belongs to one request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_STRICT_H
#define PG_ACU_STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct GateLimits
{
	size_t line_bytes;	 /* request line */
	size_t header_bytes; /* all header lines together */
	int headers;		 /* how many */
	uint64_t body_bytes;
} GateLimits;

typedef enum GatePart
{
	GATE_LINE,		   /* the request line */
	GATE_HEADER_START, /* first byte of a header line, or of the empty one */
	GATE_HEADER_NAME,
	GATE_HEADER_VALUE,
	GATE_HEAD_END, /* the LF of the empty line is due */
	GATE_BODY,	   /* counted bytes */
	GATE_CHUNK_SIZE,
	GATE_CHUNK_EXTENSION, /* see GateExtension */
	GATE_CHUNK_DATA,
	GATE_CHUNK_DATA_CR,
	GATE_CHUNK_DATA_LF,
	GATE_TRAILER_START,
	GATE_TRAILER_NAME,
	GATE_TRAILER_VALUE,
	GATE_TRAILER_END,
	GATE_DONE
} GatePart;

/* What is due in a chunk extension, ;name or ;name=value with blanks around
 * each (RFC 9112, 7.1.1). */
typedef enum GateExtension
{
	EXTENSION_NAME,		   /* the first byte of the name */
	EXTENSION_NAME_MORE,   /* more of it, or what follows */
	EXTENSION_EQUALS,	   /* behind a blank: = or ; or the end */
	EXTENSION_VALUE,	   /* the first byte of the value */
	EXTENSION_VALUE_MORE,  /* more of a token, or what follows */
	EXTENSION_QUOTED,	   /* more of a quoted string */
	EXTENSION_QUOTED_PAIR, /* the byte behind its backslash */
	EXTENSION_OVER		   /* ; or the end */
} GateExtension;

typedef struct Gate
{
	GatePart part;
	GateExtension extension;
	char instead;		/* what the parser is to see for the last byte; or 0 */
	char method[16];	/* as it came, as far as there is room; for refusals */
	bool cr;			/* the last byte was a CR: an LF is due */
	bool empty_line;	/* one before the request line has been seen */
	char major;			/* digit of the version */
	int words;			/* of the request line, that are complete */
	size_t word_bytes;	/* of the word that is not */
	int digits;			/* of the chunk size */
	int headers;		/* lines so far */
	size_t part_bytes;	/* of the request line, or of the headers */
	size_t extra_bytes; /* of chunk extensions and trailers */
	uint64_t left;		/* bytes of the body, or of the chunk */
	uint64_t body;		/* bytes of the body so far */
} Gate;

/* What is wrong with a request: the status to answer, and what to say. */
typedef struct Refusal
{
	int status;
	const char *message;
	const char *hint; /* or NULL */
} Refusal;

extern void gate_init(Gate *gate);

/* Bytes of the body, without what frames them. */
typedef struct BodyPiece
{
	const char *bytes;
	size_t size;
} BodyPiece;

/*
 * Looks at bytes and returns how many of them are good.  It stops behind the
 * head, and then gate->part is GATE_BODY until gate_expect_* is called; behind
 * each piece of the body, which is then in piece; behind a byte that is to be
 * parsed as another one, which is then in gate->instead; and behind the
 * request, when gate->part is GATE_DONE.  When it refuses, refusal->status is
 * set.
 */
extern size_t gate_pass(Gate *gate, const GateLimits *limits, const char *bytes,
						size_t size, BodyPiece *piece, Refusal *refusal);

/* What follows the head, as its headers say. */
extern void gate_expect_bytes(Gate *gate, uint64_t length);
extern void gate_expect_chunks(Gate *gate);

#endif
