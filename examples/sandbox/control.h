/*
 * control.h - the port by which tests see and move the world.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "http.h"

extern const struct service control_service;

#endif
