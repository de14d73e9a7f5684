// openapi.mjs - an OpenAPI 3.0 description as validators, one set for each
// side: what is read only is not owed by a request. Knows no exchange and no
// vendor but for the time stamps that two of them write.

import Ajv from "ajv-draft-04";
import formats from "ajv-formats";

// OpenAPI 3.0 schemas are draft 4 with less; only what judges is kept.
const PLAIN = ["type", "format", "enum", "required", "minimum", "maximum",
	"exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength",
	"pattern", "minItems", "maxItems", "uniqueItems", "multipleOf"];

// Jira writes 2026-01-02T03:04:05.678+0000: RFC 3339 but for a colon.
const STAMP =
	/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/;

const mapped = (from, each) => Object.fromEntries(
	Object.entries(from).map(([name, value]) => [name, each(value)]));

function schemaOf(from, root, side) {
	if (from.$ref)
		return { $ref: root + from.$ref };
	const sub = (one) => schemaOf(one, root, side);
	const to = {};
	for (const word of PLAIN)
		if (from[word] !== undefined)
			to[word] = from[word];
	if (from.properties)
		to.properties = mapped(from.properties, sub);
	for (const word of ["allOf", "anyOf", "oneOf"])
		if (from[word])
			to[word] = from[word].map(sub);
	for (const word of ["items", "not"])
		if (from[word])
			to[word] = sub(from[word]);
	if (from.additionalProperties !== undefined)
		to.additionalProperties =
			typeof from.additionalProperties === "object"
				? sub(from.additionalProperties)
				: from.additionalProperties;
	const owed = (from.required ?? []).filter((name) =>
		side !== "request" || !from.properties?.[name]?.readOnly);
	delete to.required;
	if (owed.length > 0)
		to.required = owed;
	return from.nullable ? { anyOf: [{ enum: [null] }, to] } : to;
}

// A template as an expression; one with more literal parts comes first.
function routeOf(template) {
	const parts = template.split("/");
	return {
		template,
		matches: new RegExp(`^${template.replace(/[.$()]/g, "\\$&")
			.replace(/\{[^}]*\}/g, "[^/]+")}$`),
		literals: parts.filter((part) => !part.includes("{")).length,
	};
}

const typeOnly = (type) => type.split(";")[0].trim().toLowerCase();

// A text of a query as the value that the schema means; itself if it fails.
function typed(text, schema) {
	if (schema.type === "integer" && /^-?\d+$/.test(text))
		return Number(text);
	if (schema.type === "boolean" && /^(true|false)$/.test(text))
		return text === "true";
	return text;
}

export class Description {
	constructor(name, doc) {
		this.doc = doc;
		this.name = name;
		this.ajv = new Ajv({ strict: false, logger: false,
			allErrors: true });
		formats(this.ajv);
		this.ajv.addFormat("date-time", STAMP);
		this.compiled = new Map();
		for (const side of ["request", "response"])
			this.ajv.addSchema({ components: { schemas: mapped(
				doc.components.schemas,
				(one) => schemaOf(one, side, side)) } }, side);
		this.routes = Object.keys(doc.paths).map(routeOf)
			.sort((a, b) => b.literals - a.literals);
	}

	// undefined: this description has no such path and method.
	find(method, path) {
		const route = this.routes.find((one) => one.matches.test(path) &&
			this.doc.paths[one.template][method.toLowerCase()]);
		if (!route)
			return undefined;
		const item = this.doc.paths[route.template];
		const operation = item[method.toLowerCase()];
		return { description: this, method, path: route.template,
			operation, parameters: [...item.parameters ?? [],
				...operation.parameters ?? []]
				.map((one) => this.resolve(one)) };
	}

	resolve(node) {
		return node?.$ref === undefined ? node
			: node.$ref.slice(2).split("/")
				.reduce((at, key) => at[key], this.doc);
	}

	// The errors of a value, as lines; array positions do not count.
	errors(schema, side, value) {
		let judge = this.compiled.get(schema);
		if (!judge) {
			judge = this.ajv.compile(schemaOf(schema, side, side));
			this.compiled.set(schema, judge);
		}
		return judge(value) ? [] : [...new Set(judge.errors.map(worded))];
	}

	// A list may be repeated (a=1&a=2) or, as Jira reads it, joined (a=1,2).
	queryErrors(parameter, texts) {
		const schema = this.resolve(parameter.schema ?? {});
		if (schema.type !== "array")
			return texts.length > 1 ? ["given more than once"]
				: this.errors(schema, "request",
					typed(texts[0], schema));
		return this.errors(schema, "request",
			texts.flatMap((text) => text.split(","))
				.map((text) => typed(text,
					this.resolve(schema.items ?? {}))));
	}
}

function worded(error) {
	const at = error.instancePath.replace(/\/\d+(?=\/|$)/g, "/*");
	const more = error.params.additionalProperty ??
		error.params.allowedValues?.join("|") ?? "";
	return `${at || "/"} ${error.message}${more ? `: ${more}` : ""}`;
}

// The schema for a media type; undefined: not among those described.
export function contentFor(content, type) {
	const found = Object.keys(content ?? {}).find((one) =>
		typeOnly(one) === typeOnly(type ?? "") || one === "*/*");
	return found === undefined ? undefined : content[found].schema ?? {};
}

export { typeOnly };
