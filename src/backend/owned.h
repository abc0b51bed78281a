/*-------------------------------------------------------------------------
 *
 * owned.h
 *		SQL on the tables of the schema acu, with the rights of their owners.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_OWNED_H
#define PG_ACU_OWNED_H

/* User and settings before owned_begin(). */
typedef struct Rights
{
	Oid user;
	int security_context;
	int settings; /* nesting level of GUCs */
} Rights;

/*
 * Until owned_end(), or until the transaction or subtransaction ends by an
 * error, SQL runs as the owner of the table acu."table", who cannot get other
 * rights from there and whose changes of settings are undone.  Where the
 * current user may not act as that role, it runs as the current user.
 */
extern void owned_begin(const char *table, Rights *before);
extern void owned_end(const Rights *before);

/* Until the current nesting level of GUCs ends, triggers and rules fire only
 * where the owner of a table has made them ALWAYS or REPLICA. */
extern void owned_silence_triggers(void);

#endif
