/*
 * control_member.h - who is in which group, by the control port, for every
 * directory alike.
 */
#ifndef SANDBOX_CONTROL_MEMBER_H
#define SANDBOX_CONTROL_MEMBER_H

#include "http.h"

extern const struct route control_member_routes[];

#endif
