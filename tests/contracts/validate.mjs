// validate.mjs DESCRIPTIONS RECORDING... - holds recorded exchanges against
// the vendors' API descriptions: path, query, credential, media types and
// bodies of both sides, and each document of Atlassian's format. Prints each
// mismatch once and ends "N passed, M failed", counted by operation and
// status. A reply that the sandbox spoiled on demand is not judged.
// With --expect each line of a recording says in "wrong" what must be found.

import fs from "node:fs";
import Ajv from "ajv-draft-04";
import { contentFor, Description, typeOnly } from "./openapi.mjs";
import { ACCEPTED, fromLongAgo, OPERATIONS, PARAMETERS, STATUSES } from "./exceptions.mjs";

const expecting = process.argv[2] === "--expect";
const [folder, ...recordings] = process.argv.slice(expecting ? 3 : 2);
const load = (name) => JSON.parse(fs.readFileSync(`${folder}/${name}.json`));
const described = (name) =>
	new Description(name, load(`${name}.openapi`));

const jira = described("jira-platform-v3");
const jsm = described("jsm");
const okta = described("okta");
const graph = described("msgraph");
const directory = described("google-directory");
const identity = described("google-cloudidentity");
const slack = new Description("slack", fromLongAgo(load("slack.openapi")));
const SERVICES = {
	jira: { descriptions: [jira, jsm], schemes: ["Basic", "Bearer"] },
	gateway: { descriptions: [jira, jsm], schemes: ["Basic", "Bearer"] },
	okta: { descriptions: [okta], schemes: ["SSWS", "DPoP", "Bearer"] },
	// Tokens are another host's in life; they stand beside the rest there.
	entra: { descriptions: [graph], schemes: ["Bearer"], below: "/v1.0",
		open: /\/token$/ },
	google: { descriptions: [directory, identity], schemes: ["Bearer"] },
	slack: { descriptions: [slack], schemes: ["Bearer"], below: "/api" },
	"google-identity": { descriptions: [identity], schemes: ["Bearer"] },
};
const ERROR = new Map([[jira, "ErrorCollection"], [jsm, "ErrorResponse"],
	[okta, "Error"],
	[graph, "microsoft.graph.ODataErrors.ODataError"],
	[directory, "GoogleErrorEnvelope"], [identity, "GoogleErrorEnvelope"]]);

const documents = new Ajv({ strict: false, logger: false })
	.compile(load("adf-full.schema"));

// What is not described, in the form of what is.
function undescribed(x) {
	const found = OPERATIONS.find((one) =>
		[one.service].flat().includes(x.service) &&
		one.method === x.method &&
		(one.path === x.path || one.path === pathOf(x)));
	const json = (schema) => ({ content: {
		"application/json": { schema } } });
	return found && { description: SERVICES[x.service].descriptions[0],
		method: x.method, path: found.path, parameters: [], operation: {
			security: [],
			requestBody: found.request && json(found.request),
			responses: Object.fromEntries(Object.entries(
				found.responses ?? { 200: found.response })
				.map(([status, one]) => [status, json(one)])),
		} };
}

// A description's server may have a path of its own.
function pathOf(x) {
	const below = SERVICES[x.service]?.below ?? "";
	return x.path.startsWith(`${below}/`) ? x.path.slice(below.length)
		: x.path;
}

function operationOf(x) {
	for (const one of SERVICES[x.service]?.descriptions ?? []) {
		const found = one.find(x.method, pathOf(x));
		if (found)
			return found;
	}
	return undescribed(x);
}

function* queryErrors(x, op) {
	const given = new Map();
	for (const [name, value] of new URLSearchParams(x.query))
		given.set(name, [...given.get(name) ?? [], value]);
	const more = PARAMETERS[`${x.method} ${op.path}`] ?? {};
	const known = op.parameters.filter((one) => one.in === "query");
	for (const [name, schema] of Object.entries(more))
		known.push({ name, schema });
	for (const [name, values] of given) {
		const parameter = known.find((one) => one.name === name);
		if (!parameter)
			yield `query: '${name}' is not a parameter`;
		else
			for (const error of op.description.queryErrors(
				parameter, values))
				yield `query: '${name}': ${error}`;
	}
	for (const one of known)
		if (one.required && !given.has(one.name))
			yield `query: '${one.name}' is required`;
}

const header = (headers, name) => Object.entries(headers)
	.find(([one]) => one.toLowerCase() === name)?.[1];

function* headerErrors(x, op) {
	const { schemes, open: tokens } = SERVICES[x.service];
	const scheme = x.request_headers.authorization_scheme;
	const open = tokens?.test(op.path) ||
		op.operation.security?.length === 0 ||
		op.operation.security?.some((one) =>
			Object.keys(one).length === 0);
	if (scheme ? !schemes.includes(scheme) : !open && x.status !== 401)
		yield `credential: ${scheme ?? "none"}`;
	for (const one of op.parameters)
		if (one.in === "header" && one.required &&
			header(x.request_headers, one.name.toLowerCase()) ===
				undefined)
			yield `header: '${one.name}' is required`;
	// RFC 9110, 8.6: a proxy refuses an empty PUT or POST without it.
	if (/^(PUT|POST)$/.test(x.method) && !x.request_body &&
		header(x.request_headers, "content-length") !== "0")
		yield "header: an empty body without Content-Length: 0";
}

// The parts of an upload, as the description names what is of one. undefined:
// not closed, or not begun, by the boundary that the type promises.
function parts(text, type) {
	const [, boundary] = /boundary=([^; ]+)/.exec(type) ?? [];
	const pieces = `\r\n${text}`.split(`\r\n--${boundary}`);
	if (pieces.length < 3 || pieces.shift() !== "" ||
		!/^--\r\n$/.test(pieces.pop()))
		return undefined;
	return pieces.map((piece) => {
		const end = piece.indexOf("\r\n\r\n");
		const head = piece.slice(0, end);
		return { name: / name="([^"]*)"/.exec(head)?.[1],
			originalFilename: /filename="([^"]*)"/.exec(head)?.[1],
			contentType: /Content-Type: (.*)/i.exec(head)?.[1],
			size: piece.length - end - 4 };
	});
}

function parsed(text, type) {
	if (typeOnly(type ?? "") === "multipart/form-data")
		return parts(text, type);
	if (typeOnly(type ?? "") === "application/x-www-form-urlencoded")
		return Object.fromEntries(new URLSearchParams(text));
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function* bodyErrors(description, side, content, type, text) {
	const schema = contentFor(content, type);
	if (schema === undefined) {
		yield `${side}: media type '${type ?? ""}' is not described`;
		return;
	}
	const value = parsed(text, type);
	if (value === undefined)
		yield `${side}: not ${type}`;
	else
		for (const error of description.errors(schema, side, value))
			yield `${side}: ${error}`;
}

function* requestErrors(x, op) {
	const body = op.operation.requestBody;
	if (x.request_body && !body)
		yield "request: no body is described";
	else if (x.request_body)
		yield* bodyErrors(op.description, "request", body.content,
			header(x.request_headers, "content-type"),
			x.request_body);
	else if (body?.required)
		yield "request: a body is required";
}

const usualError = (description) => ({ "application/json": { schema: {
	$ref: `#/components/schemas/${ERROR.get(description)}` } } });

// A schema without a word, and whatever stands at a 204, owe nothing.
const owed = (content) => Object.values(content ?? {})
	.some((one) => Object.keys(one.schema ?? {}).length > 0);

function* responseErrors(x, op) {
	const answer = op.description.resolve(
		op.operation.responses[x.status]);
	if (!answer && !STATUSES.includes(x.status)) {
		yield `status ${x.status} is not described`;
		return;
	}
	let content = answer?.content;
	if (!content && x.status >= 400)
		content = usualError(op.description);
	const type = x.response_headers.find(([name]) =>
		name.toLowerCase() === "content-type")?.[1];
	if (x.response_body && (x.status === 204 || !content))
		yield "response: no body is described";
	else if (x.response_body)
		yield* bodyErrors(op.description, "response", content, type,
			x.response_body);
	else if (owed(answer?.content) && x.status < 400)
		yield "response: a body is described";
}

// Each {type: "doc"} at any depth is a document of Atlassian's format.
function* documentErrors(side, value) {
	if (value === null || typeof value !== "object")
		return;
	if (value.type === "doc" && value.version !== undefined) {
		if (!documents(value))
			yield `${side}: document: ${documents.errors[0]
				.instancePath} ${documents.errors[0].message}`;
		return;
	}
	for (const one of Object.values(value))
		yield* documentErrors(side, one);
}

function* errorsOf(x, op) {
	if (!x.reply_only) {
		yield* queryErrors(x, op);
		yield* headerErrors(x, op);
		yield* requestErrors(x, op);
		yield* documentErrors("request",
			parsed(x.request_body || "null"));
	}
	if (x.fault)
		return;
	yield* responseErrors(x, op);
	yield* documentErrors("response", parsed(x.response_body || "null"));
}

const judged = (x) => {
	const op = operationOf(x);
	const name = `${x.service} ${x.method} ${op?.path ?? x.path}`;
	return { name: `${name} ${x.fault ?? x.status}`,
		errors: op ? [...errorsOf(x, op)] : ["not described"] };
};

function* exchanges() {
	for (const file of recordings)
		for (const line of fs.readFileSync(file, "utf8").split("\n"))
			if (line)
				yield JSON.parse(line);
}

function expect() {
	let passed = 0, failed = 0;
	for (const x of exchanges()) {
		const { name, errors } = judged(x);
		if (errors.some((one) => one.includes(x.wrong)))
			passed++;
		else {
			failed++;
			console.log(`${name}: '${x.wrong}' was not found, but:`,
				errors);
		}
	}
	return { passed, failed };
}

function judgeAll() {
	const seen = new Map(), mismatches = new Map();
	let count = 0, accepted = 0, spoiled = 0;
	for (const x of exchanges()) {
		const { name, errors } = judged(x);
		count++;
		spoiled += x.fault ? 1 : 0;
		seen.set(name, seen.get(name) ?? true);
		for (const error of errors) {
			const line = `${name}: ${error}`;
			if (ACCEPTED.some((one) => one.fits.test(line))) {
				accepted++;
				continue;
			}
			seen.set(name, false);
			mismatches.set(line, (mismatches.get(line) ?? 0) + 1);
		}
	}
	for (const [line, times] of mismatches)
		console.log(`${line} (${times} times)`);
	const good = [...seen.values()].filter(Boolean).length;
	console.log(`${count} exchanges, ${seen.size} kinds of them, ` +
		`${mismatches.size} mismatches, ${accepted} accepted, ` +
		`${spoiled} replies spoiled on demand and not judged`);
	return { passed: good, failed: seen.size - good };
}

const { passed, failed } = expecting ? expect() : judgeAll();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
