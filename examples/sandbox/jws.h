/*
 * jws.h - signed tokens: reading and verifying. What is made here is never
 * verified by anybody.
 */
#ifndef SANDBOX_JWS_H
#define SANDBOX_JWS_H

#include "json.h"

/* A public key file as one text that jws_verify_pem takes, or NULL. */
char *jws_key_from_pem(const char *file);
/* The claims of a token whose RS or ES signature fits; NULL: it does not. */
cJSON *jws_verify_pem(const char *token, const char *pem);
/* Of one signed with PS256 by the key of the certificate that its x5t#S256
 * names, which is the first in the PEM text. */
cJSON *jws_verify_certificate(const char *token, const char *pem);
/* Of a DPoP proof, by the RSA key in its own header; with the key's RFC
 * 7638 thumbprint. */
cJSON *jws_verify_proof(const char *token, char **ret_thumbprint);
/* A token of that look with these claims, whose signature is only chance; the
 * caller frees. */
char *jws_look_alike(const cJSON *claims, const char *chance);
/* base64url(SHA-256(text)) */
char *jws_hash(const char *from);
/* Plain base64 (also url-safe) to a text; NULL: not base64. */
char *jws_unbase64(const char *from, size_t length, size_t *ret_length);

#endif
