/*
 * adf.h - Atlassian Document Format, as far as the sandbox needs it.
 */
#ifndef SANDBOX_ADF_H
#define SANDBOX_ADF_H

#include "json.h"

/* Each paragraph a line. The caller frees; NULL gives "". */
char *adf_text(const cJSON *document);
cJSON *adf_from_text(const char *from);
/* What is wrong with a document, or NULL. */
const char *adf_fault(const cJSON *document);

#endif
