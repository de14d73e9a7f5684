/* Secrets: read by reference, held in memory that is wiped, redacted from
 * every text that leaves the process. */
#ifndef LAPSE_BASE_SECRET_H
#define LAPSE_BASE_SECRET_H

#include <stddef.h>

#include "buf.h"
#include "err.h"

/* Reads "credential:NAME", "file:PATH", "command:[\"argv\",...]" or
 * "env:NAME". credential: is $CREDENTIALS_DIRECTORY/NAME, else
 * /etc/lapse/credentials/NAME. A file must be regular, owned by root or the
 * caller, without write for others and read only for owner and group
 * (0640 at most), at most 64 KiB, no NUL; one trailing newline is dropped.
 * command: runs the argv without a shell, 10 s at most. Bytes are kept as
 * they are (a PEM key has many lines). env_get looks up the environment.
 * The value is registered for secret_redact().
 * <Errors> LAPSE_ECONFIG naming the reference, the file and what to do. */
int secret_read(const char *reference, const char *(*env_get)(const char *),
	struct buf *ret, struct lapse_err *err);

/* Remembers a secret (a fetched token) so that it never gets out. */
void secret_register(const char *bytes, size_t len);
/* Replaces every registered secret in place by "[redacted]"... of equal or
 * shorter length. */
void secret_redact(char *text);
/* Wipes all registered values. */
void secret_forget_all(void);

#endif
