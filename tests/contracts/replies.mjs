// replies.mjs - the replies that the drivers' tests read, as recordings: one
// line a file, with the operation that replies.txt names. Each file must be
// named there.

import fs from "node:fs";

const [list, folder] = process.argv.slice(2);
const known = new Map(fs.readFileSync(list, "utf8").split("\n")
	.filter((line) => line && !line.startsWith("#"))
	.map((line) => line.split(/\s+/))
	.map(([name, ...operation]) => [name, operation]));

function recorded(name, method, path) {
	const text = fs.readFileSync(`${folder}/${name}.http`, "utf8")
		.replaceAll("\r\n", "\n");
	const end = text.indexOf("\n\n");
	const [first, ...headers] = text.slice(0, end).split("\n");
	return { service: name.split("/")[0], method, path, reply_only: true,
		status: Number(first.split(" ")[1]),
		response_headers: headers.map((line) => line.split(/: */, 2)),
		response_body: text.slice(end + 2).trimEnd() };
}

for (const service of ["jira", "okta", "entra", "google", "slack"])
	for (const file of fs.readdirSync(`${folder}/${service}`)
		.filter((one) => one.endsWith(".http"))) {
		const name = `${service}/${file.replace(/[.]http$/, "")}`;
		const operation = known.get(name);
		if (!operation) {
			console.error(`${list}: ${name} is not in it`);
			process.exitCode = 1;
		} else if (operation[0] !== "-")
			console.log(JSON.stringify(
				recorded(name, ...operation)));
	}
