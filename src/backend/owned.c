/*-------------------------------------------------------------------------
 *
 * owned.c
 *		SQL on the tables of the schema acu, with the rights of their owners.
 *
 * Owns no data.
 *
 * The worker is a superuser, and so may be whoever calls acu.take_sample().
 * Code of others must not run with their rights when they write to our tables:
 *
 * - Triggers, which whoever has the privilege TRIGGER may add, do not fire:
 *   session_replication_role is replica.
 * - Only the owner of a table can have code run all the same, with triggers and
 *   rules that are ALWAYS, expressions of indexes, constraints, defaults or
 *   policies.  It runs as that owner, as in VACUUM and REINDEX.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/owned.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Our schemas: partitions of the history are in the second. */
static const char *const schemas[] = { "acu", "acu_internal" };

/* The owner of a table of ours; InvalidOid when there is no such table, which
 * the SQL that follows reports. */
static Oid
owner_of(const char *table)
{
	Oid owner = InvalidOid;

	for (int i = 0; i < (int) lengthof(schemas) && !OidIsValid(owner); i++)
	{
		Oid schema = get_namespace_oid(schemas[i], true);
		HeapTuple class = SearchSysCache2(RELNAMENSP, CStringGetDatum(table),
										  ObjectIdGetDatum(schema));

		if (HeapTupleIsValid(class))
		{
			owner = ((Form_pg_class) GETSTRUCT(class))->relowner;
			ReleaseSysCache(class);
		}
	}
	return owner;
}

void
owned_begin(const char *table, Rights *before)
{
	Oid owner = owner_of(table);

	GetUserIdAndSecContext(&before->user, &before->security_context);
	before->settings = NewGUCNestLevel();
	if (OidIsValid(owner) && is_member_of_role(before->user, owner))
		SetUserIdAndSecContext(owner, before->security_context |
										  SECURITY_LOCAL_USERID_CHANGE |
										  SECURITY_RESTRICTED_OPERATION);
}

void
owned_end(const Rights *before)
{
	AtEOXact_GUC(false, before->settings);
	SetUserIdAndSecContext(before->user, before->security_context);
}

void
owned_silence_triggers(void)
{
	set_config_option("session_replication_role", "replica", PGC_SUSET,
					  PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}
