/* The rows of driver.c, one a provider. Not for use outside lib/idp. */
#ifndef LAPSE_IDP_DRIVERS_H
#define LAPSE_IDP_DRIVERS_H

#include "idp.h"

extern const struct idp_driver idp_google;
extern const struct idp_driver idp_okta;
extern const struct idp_driver idp_entra;

#endif
