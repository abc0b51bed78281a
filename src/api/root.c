/*-------------------------------------------------------------------------
 *
 * root.c
 *		acu.root(): the example API's root page, as HTML.
 *
 * Owns, per backend: the time zones as HTML, which never change within it, and
 * the plan that reads acu.route.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/html.h"
#include "api/zones.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(acu_root);

static const char page_head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>Time API</title>\n"
	"<style>body{font:16px/1.5 sans-serif;max-width:40em;margin:2em auto;padding:0 1em}"
	"select{display:block;width:100%;margin:.5em 0}</style>\n"
	"</head>\n"
	"<body>\n"
	"<h1>Time API</h1>\n"
	"<p>The time in any time zone, as JSON, answered by PostgreSQL.</p>\n"
	"<h2><code>GET /time?timezone={timezone}</code></h2>\n"
	"<p>For example <a href=\"/time?timezone=America/New_York\">"
	"/time?timezone=America/New_York</a>. Without a time zone: UTC.</p>\n";

static const char page_foot[] = "</body>\n</html>\n";

/* All routes but /time, which the page describes, and the page itself.  The
 * third column says whether to link: crawlers follow links, so only to a GET
 * whose function changes nothing. */
static const char other_routes[] =
	"SELECT r.method, r.path, r.method OPERATOR(pg_catalog.=) 'GET' AND EXISTS ("
	"SELECT FROM pg_catalog.pg_proc AS p"
	" WHERE p.oid OPERATOR(pg_catalog.=) acu_internal.find_function(r.function)"
	" AND p.provolatile OPERATOR(pg_catalog.<>) 'v')"
	" FROM acu.route AS r"
	" WHERE NOT (r.method OPERATOR(pg_catalog.=) 'GET'"
	" AND (r.path OPERATOR(pg_catalog.=) '/'"
	" OR r.path OPERATOR(pg_catalog.=) '/time'))"
	" ORDER BY r.path COLLATE pg_catalog.\"C\", r.method";

/* Appends text with the characters that mean something in HTML escaped. */
static void
append_escaped(StringInfo page, const char *text)
{
	size_t room = strlen(text) * HTML_GROWTH + 1;

	enlargeStringInfo(page, room);
	page->len += html_escape(page->data + page->len, room, text);
}

static void
append_zone_form(StringInfo page)
{
	const ZoneList *zones = zones_list();

	appendStringInfo(page,
					 "<form action=\"/time\">\n"
					 "<label>All %d time zones:\n"
					 "<select name=\"timezone\" size=\"16\" required>\n",
					 zones->count);
	for (int i = 0; i < zones->count; i++)
	{
		appendStringInfoString(page, "<option>");
		append_escaped(page, zones->names[i]);
		appendStringInfoString(page, "</option>\n");
	}
	appendStringInfoString(page, "</select></label>\n"
								 "<button>What time is it there?</button>\n"
								 "</form>\n");
}

/* The form as HTML, made once in a backend. */
static const char *
zone_form(void)
{
	static const char *form = NULL;

	if (form == NULL)
	{
		StringInfoData html;

		initStringInfo(&html);
		append_zone_form(&html);
		form = MemoryContextStrdup(TopMemoryContext, html.data);
		pfree(html.data);
	}
	return form;
}

/* The plan of other_routes, prepared once in a backend. */
static SPIPlanPtr
other_routes_plan(void)
{
	static SPIPlanPtr plan = NULL;

	if (plan == NULL)
	{
		SPIPlanPtr prepared = SPI_prepare(other_routes, 0, NULL);

		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare: %s", other_routes);
		plan = prepared;
	}
	return plan;
}

/* Appends a list item, with a link to the path if so asked. */
static void
append_route(StringInfo page, const char *method, const char *path, bool link)
{
	appendStringInfoString(page, "<li>");
	if (link)
	{
		appendStringInfoString(page, "<a href=\"");
		append_escaped(page, path);
		appendStringInfoString(page, "\">");
	}
	append_escaped(page, method);
	appendStringInfoChar(page, ' ');
	append_escaped(page, path);
	appendStringInfoString(page, link ? "</a></li>\n" : "</li>\n");
}

static void
append_other_routes(StringInfo page)
{
	SPI_connect();
	if (SPI_execute_plan(other_routes_plan(), NULL, NULL, true, 0) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read acu.route");

	if (SPI_processed > 0)
		appendStringInfoString(page, "<h2>Other routes</h2>\n<ul>\n");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];
		TupleDesc columns = SPI_tuptable->tupdesc;

		append_route(page, SPI_getvalue(row, columns, 1),
					 SPI_getvalue(row, columns, 2),
					 strcmp(SPI_getvalue(row, columns, 3), "t") == 0);
	}
	if (SPI_processed > 0)
		appendStringInfoString(page, "</ul>\n");
	SPI_finish();
}

/*
 * acu_root() returns acu.html
 *
 * A page that tells how to ask for the time, lists the time zones and links to
 * the routes that this database answers besides.
 */
Datum
acu_root(PG_FUNCTION_ARGS pg_attribute_unused())
{
	StringInfoData page;

	initStringInfo(&page);
	appendStringInfoString(&page, page_head);
	appendStringInfoString(&page, zone_form());
	append_other_routes(&page);
	appendStringInfoString(&page, page_foot);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(page.data, page.len));
}
