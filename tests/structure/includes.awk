# Reads C files named lib/LAYER/X and cli/X and prints every #include that the
# architecture forbids: arrows point down only, and each foreign library has
# one place. Needs `headers`: the space-separated paths of all our headers.

BEGIN {
	split("base http idp jira slack ledger core", layers)
	may["base"] = " base "
	may["http"] = " http base "
	may["idp"] = " idp http base "
	may["jira"] = " jira http base "
	may["slack"] = " slack http base "
	may["ledger"] = " ledger base "
	may["core"] = " core ledger jira idp slack http base "
	may["cli"] = " cli "

	only["cJSON"] = "^lib/base/json\\.c$"
	only["sqlite3"] = "^lib/ledger/"
	only["curl"] = "^lib/http/engine[a-z_]*\\.[ch]$"
	only["microhttpd"] = "^examples/sandbox/"

	n = split(headers, paths, " ")
	for (i = 1; i <= n; i++) {
		name = paths[i]
		sub(/.*\//, "", name)
		if (name in home && layer_of(paths[i]) != "cli")
			print paths[i] ": a second " name
		home[name] = layer_of(paths[i])
	}
	home["schema.h"] = "ledger"	# generated
}

function layer_of(path) {
	if (path == "lib/lapse.h")
		return "public"
	if (path ~ /^cli\//)
		return "cli"
	sub(/^lib\//, "", path)
	sub(/\/.*/, "", path)
	return path
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	name = $0
	sub(/^[^"]*"/, "", name)
	sub(/".*/, "", name)
	layer = layer_of(FILENAME)
	to = name ~ /\// ? "path" : home[name]
	if (to != "public" && index(may[layer], " " to " ") == 0)
		print FILENAME ": " layer " includes \"" name "\""
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	for (lib in only)
		if ($0 ~ ("[</]" lib "[./]") && FILENAME !~ only[lib])
			print FILENAME ": includes " lib
}
