/* Credentials as data, applied by the engine at each attempt. */
#ifndef LAPSE_HTTP_AUTH_H
#define LAPSE_HTTP_AUTH_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"

struct http_request;
struct http_response;

enum auth_scheme {
	AUTH_NONE,
	AUTH_HEADER,		/* "Authorization: PREFIX secret" */
	AUTH_BASIC,		/* user:secret */
	AUTH_CLIENT_ASSERTION,	/* RFC 7523 client authentication: signed
				   assertion for client_credentials; DPoP */
	AUTH_CLIENT_SECRET,	/* client_credentials by secret */
	AUTH_JWT_BEARER,	/* RFC 7523 grant: a service account's JWT */
};

/* <Shape> a scheme and its texts; unused ones NULL. Borrowed from the
 * configuration, but for the secrets, which are read by reference at open. */
struct auth_config {
	enum auth_scheme scheme;
	const char *prefix;	/* AUTH_HEADER: "SSWS", "Bearer" */
	const char *user;	/* AUTH_BASIC: e-mail */
	const char *client_id;
	const char *subject;	/* AUTH_JWT_BEARER: whom to act as */
	const char *scope;
	const char *token_url;
	const char *key_id;	/* kid; NULL none */
	const char *algorithm;	/* "RS256", "PS256" */
	const char *secret;	/* reference: token, secret or PEM key; for a
				   key also Google's JSON key file, whose
				   client_email and private_key_id serve where
				   client_id and key_id are NULL */
	const char *next_secret;/* tried on 401; NULL none */
	const char *rights_claim;/* list in the access token, a JWT, of what it
				   may do; NULL: the answer's scope says it */
	bool certificate;	/* the secret is a PEM key with its certificate,
				   whose SHA-256 goes along as x5t#S256 */
	bool dpop;		/* send a proof with the token request and obey
				   the token_type of the answer */
};

struct auth;

/* Reads and checks the credential (a PEM key must parse).
 * <Errors> LAPSE_ECONFIG. config is copied shallowly. */
int auth_open(struct auth **ret, const struct auth_config *config,
	const struct lapse_env *env, struct lapse_err *err);
void auth_free(struct auth *a);

/* Is it a credential that fetches tokens, not one that goes along itself? */
bool auth_uses_tokens(const struct auth *a);
/* Is a token request needed before the next request at `now`? */
bool auth_wants_token(const struct auth *a, int64_t now);
/* The token request: absolute URL, form body, DPoP header (in headers, owned
 * by a until the next call). A new assertion and proof at each call. */
int auth_token_request(struct auth *a, int64_t now, struct buf *ret_url,
	struct buf *ret_body, struct buf *ret_headers, struct lapse_err *err);
/* Takes the answer. Returns 1 when the request is to be made again (a DPoP
 * nonce came, or next_secret is to be tried), 0 when a token is there.
 * <Errors> LAPSE_EAUTH: refused (names the error code, never its prose), or
 * asked scopes were not given (names them). LAPSE_EPROTO: not a token. */
int auth_token_reply(struct auth *a, int64_t now,
	const struct http_response *res, struct lapse_err *err);
/* Appends the header lines ("Authorization: ...", "DPoP: ..."), one per line
 * ended by \n, for a request to url (absolute). */
int auth_apply(struct auth *a, int64_t now, const char *method,
	const char *url, struct buf *ret_headers, struct lapse_err *err);
/* Keeps the nonce that any reply of the service may bring: RFC 9449, 8.2. */
void auth_note(struct auth *a, const struct http_response *res);
/* After a 401: drops the token, stores a nonce, or turns to next_secret.
 * True when another attempt makes sense. At most once a request. */
bool auth_rejected(struct auth *a, const struct http_response *res);

/* ---- What can be told of a credential, for `doctor` ---- */

/* The rights of the newest token by its own account, with one blank between
 * them; "": none. NULL: there is no token, or it does not say. Borrowed until
 * the next token. Not checked in any way: it is not for us to judge by. */
const char *auth_granted(const struct auth *a);
/* Is it the next one that is in use, since the first was refused? */
bool auth_is_next(const struct auth *a);
/* Was the last token refused for the scopes that were asked for, so that some
 * of them may be given without the others? */
bool auth_blames_scopes(const struct auth *a);
/* When the credential itself ends, by its certificate; WHEN_NONE: not known. */
int64_t auth_ends_at(const struct auth *a);

#endif
