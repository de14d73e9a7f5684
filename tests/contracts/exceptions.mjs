// exceptions.mjs - where the vendors' services do more than their published
// descriptions say, each with the reason. Whatever stands here is not tested.

const BULK = { type: "object", required: ["issues", "errors"], properties: {
	issues: { type: "array",
		items: { $ref: "#/components/schemas/CreatedIssue" } },
	errors: { type: "array", items: { type: "object",
		required: ["status", "elementErrors", "failedElementNumber"],
		properties: { status: { type: "integer" },
			elementErrors: {
				$ref: "#/components/schemas/ErrorCollection" },
			failedElementNumber: { type: "integer" } } } } } };
const ERRORS = { type: "object", required: ["errorMessages", "errors"],
	properties: { errorMessages: { type: "array" },
		errors: { type: "object" } } };

// Operations that exist and are not described. service: one, or several.
export const OPERATIONS = [
	// Described by its vendor (createIssues, IssuesUpdateBean and
	// CreatedIssues), but not in the extract that is judged by.
	{ service: ["jira", "gateway"], method: "POST",
		path: "/rest/api/3/issue/bulk",
		request: { type: "object", required: ["issueUpdates"],
			properties: { issueUpdates: { type: "array", items: {
				$ref: "#/components/schemas/IssueUpdateDetails",
			} } } },
		responses: { 201: BULK, 400: { anyOf: [BULK, ERRORS] } } },
	// The site's cloud id, asked without a credential; every client of
	// scoped tokens resolves it here.
	{ service: "jira", method: "GET", path: "/_edge/tenant_info",
		response: { type: "object", required: ["cloudId"],
			properties: { cloudId: { type: "string" } } } },
	// The org's id and pipeline, open to everybody.
	{ service: "okta", method: "GET",
		path: "/.well-known/okta-organization",
		response: { type: "object", required: ["id"],
			properties: { id: { type: "string" },
				pipeline: { type: "string" } } } },
	// Described by its vendor, but not in the extract.
	{ service: "slack", method: "GET", path: "/conversations.list",
		response: { type: "object", required: ["ok"], properties: {
			ok: { type: "boolean" },
			channels: { type: "array", items: { type: "object",
				required: ["id", "is_im", "user"], properties: {
					id: { type: "string" },
					is_im: { enum: [true] },
					user: { type: "string" },
				} } },
			response_metadata: { type: "object", properties: {
				next_cursor: { type: "string" } } },
		} } },
	// Described by Microsoft's pages only, not by the extract.
	{ service: "entra", method: "GET",
		path: "/v1.0/auditLogs/directoryAudits",
		response: { type: "object", required: ["value"], properties: {
			value: { type: "array", items: { type: "object",
				required: ["id", "activityDisplayName",
					"activityDateTime", "initiatedBy",
					"targetResources"],
				properties: {
					activityDateTime: { type: "string",
						format: "date-time" },
					initiatedBy: { type: "object" },
					targetResources: { type: "array",
						items: { type: "object",
							required: ["id"] } },
				} } } } } },
];

// Query parameters that exist and are not described.
export const PARAMETERS = {
	// Message metadata came in 2022.
	"GET /conversations.history": {
		include_all_metadata: { type: "boolean" } },
	"GET /conversations.replies": {
		include_all_metadata: { type: "boolean" } },
	"GET /conversations.list": { types: { type: "string" },
		exclude_archived: { type: "boolean" },
		limit: { type: "integer" }, cursor: { type: "string" } },
	// Used in production by other connectors; the list operation has it.
	"GET /api/v1/groups/{groupId}": { expand: { type: "string" } },
	// In next links, which are opaque; only delta's are described.
	"GET /users": { "$skiptoken": { type: "string" } },
	"GET /groups": { "$skiptoken": { type: "string" } },
	"GET /groups/{group-id}/members": { "$skiptoken": { type: "string" } },
	"GET /v1.0/auditLogs/directoryAudits": { "$filter": { type: "string" },
		"$orderby": { type: "string" }, "$top": { type: "integer" },
		"$skiptoken": { type: "string" } },
	// Paged by Link at 200 although no parameter says so.
	"GET /api/v1/users/{id}/groups": { limit: { type: "integer" },
		after: { type: "string" } },
};

// Any operation of a vendor may answer these, with the vendor's usual error:
// the descriptions give them for some operations only. 501 is Okta's word for
// a built-in group.
export const STATUSES = [400, 401, 403, 404, 405, 409, 412, 429, 500, 501, 503];

// A mismatch that fits is counted apart. `why` is for the reader.
export const ACCEPTED = [
	{ fits: /\/changelog(\/bulkfetch)? 200: response: .*\/(from|to)(String)? must be string$/,
		why: "a field that was or becomes empty has null here" },
	{ fits: /\/changelog\/bulkfetch 200: response: .*\/created must be string$/,
		why: "live sites give milliseconds, the example seconds" },
	{ fits: /\/attachment\/content\/\{id\} 200: response: no body is described$/,
		why: "the file itself, of any kind" },
	{ fits: /^jira .*\/attachments 403: response: media type 'text\/plain;charset=UTF-8'/,
		why: "Jira's front refuses what looks forged" },
	{ fits: /^jira .*\/attachments (400|415): /,
		why: "no multipart body; the sandbox's own test sends it" },
	{ fits: /^jira .* 401: response: media type 'text\/plain;charset=UTF-8'/,
		why: "Jira's front refuses a token before any API sees it" },
	{ fits: /\/token 200: response: \/token_type must be equal .*Bearer/,
		why: "DPoP, by Okta's guide and RFC 9449; the enum lacks it" },
	{ fits: /^google-identity GET \/elsewhere\/\S+ 404: not described$/,
		why: "a cloud-identity-url that is wrong, so that doctor says so" },
	{ fits: /^jira POST \/rest\/api\/3\/search 410: not described$/,
		why: "gone from Jira; the sandbox's own test asks for it" },
	{ fits: /^entra (DELETE|POST) .*\/members(\/[0-9a-f-]{36})? \d+: not described$/,
		why: "a forgotten /$ref; the sandbox's own test sends it" },
	{ fits: /:modifyMembershipRoles 200: request: .*\/expireTime must be string$/,
		why: "null takes an end away; GAM does it so" },
	{ fits: /^okta PUT .* 411: /,
		why: "sent so by the sandbox's own test; the front answers" },
];

// Slack's description was last changed in 2021: members and error codes that
// came since are not in it, some that it calls required are not sent any more,
// and it takes a ts for a number, which would lose digits.
const NOT_SENT = ["channel_actions_ts", "channel_actions_count", "pin_count"];

export function fromLongAgo(node, name) {
	if (node === null || typeof node !== "object")
		return node;
	if (Array.isArray(node))
		return node.map((one) => fromLongAgo(one));
	const to = {};
	for (const [key, value] of Object.entries(node)) {
		if (key === "additionalProperties" && value === false)
			continue;
		if (key === "enum" && name === "error")
			continue;
		// A channel in which nothing was said has no messages.
		if (key === "minItems" && name === "messages")
			continue;
		to[key] = key === "required" && Array.isArray(value)
			? value.filter((one) => !NOT_SENT.includes(one))
			: fromLongAgo(value, key);
	}
	if (to.in === "query" && ["oldest", "latest", "ts", "timestamp"]
		.includes(to.name))
		to.schema = { type: "string" };
	if (Array.isArray(to.required) && to.required.length === 0)
		delete to.required;
	return to;
}
