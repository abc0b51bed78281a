/*-------------------------------------------------------------------------
 *
 * request_arguments.c
 *		The arguments that a request gives to its route's function.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "httpd/routes/request_arguments.h"

#include "httpd/base/text.h"
#include "httpd/routes/form.h"
#include "httpd/routes/json_body.h"

#include <string.h>
#include <strings.h>

static const char json_hint[] =
	"The body looks like JSON; send it with the header Content-Type:"
	" application/json, as curl -H 'Content-Type: application/json' does.";

/* Whether a Content-Type header, or NULL, is of a media type; its parameters
 * do not matter. */
static bool
has_media_type(const char *header, const char *type)
{
	size_t length = strlen(type);

	return header != NULL && strncasecmp(header, type, length) == 0 &&
		   (header[length] == '\0' || strchr("; \t", header[length]) != NULL);
}

bool
request_may_have_body(const Request *request, Refusal *refusal)
{
	const char *type = request_header(request, HEADER_CONTENT_TYPE);

	*refusal = (Refusal){ 0 };
	if (request->method != HTTP_POST && request->method != HTTP_PUT &&
		request->method != HTTP_PATCH)
		*refusal =
			(Refusal){ .status = 400,
					   .message = "a request with this method has no body",
					   .hint = "Give the arguments in the query." };
	else if (request_is_encoded(request))
		*refusal =
			(Refusal){ .status = 415,
					   .message =
						   "a body with a Content-Encoding is not read" };
	else if (!has_media_type(type, "application/json") &&
			 !has_media_type(type, "application/x-www-form-urlencoded"))
		*refusal = (Refusal){
			.status = 415,
			.message =
				"the body must be application/json or application/x-www-form-urlencoded",
			.hint =
				"JSON is sent with the header Content-Type: application/json, as"
				" curl -H 'Content-Type: application/json' does."
		};
	return refusal->status == 0;
}

/* Whether a body that was sent as a form is an object or array of JSON: curl -d
 * sends JSON so, unless it is told the type. */
static bool
looks_like_json(const char *body, size_t length)
{
	while (length > 0 && *body != '\0' && strchr(" \t\r\n", *body) != NULL)
	{
		body++;
		length--;
	}
	return length > 0 && (*body == '{' || *body == '[');
}

static bool
read_body(Arguments *arguments, const Request *request)
{
	const char *type = request_header(request, HEADER_CONTENT_TYPE);
	const char *body = buffer_bytes(&request->body);
	size_t length = buffer_length(&request->body);
	Refusal refusal;

	if (!request_may_have_body(request, &refusal))
		return arguments_refuse(arguments, refusal.status, "%s",
								refusal.message);
	if (has_media_type(type, "application/json"))
		return json_body_read(arguments, body, length);
	if (looks_like_json(body, length))
		arguments->hint = json_hint;
	return form_read(arguments, body, length);
}

/* Refuses a request that misses an argument without a default. */
static bool
check_required(Arguments *arguments)
{
	const Route *route = arguments->route;
	uint64_t missing = route_required(route) & ~arguments->given;

	for (int i = 0; i < route->argument_count; i++)
	{
		const char *name = route->arguments[i].name;

		if (!(missing & (UINT64_C(1) << i)))
			continue;
		if (name == NULL)
			return arguments_refuse(arguments, 400, "the body is missing");
		return arguments_refuse(
			arguments, 400, "argument \"%.*s\" is missing",
			(int) text_clip(name, strlen(name), MAX_SHOWN_NAME), name);
	}
	return true;
}

bool
request_arguments_read(Arguments *arguments, const Route *route,
					   const Request *request)
{
	arguments_start(arguments, route);
	if (request->query != NULL &&
		!form_read(arguments, request->query, strlen(request->query)))
		return false;
	if (buffer_length(&request->body) > 0 && !read_body(arguments, request))
		return false;
	return check_required(arguments);
}
