/*
 * control_move.h - what someone does outside, by the control port.
 */
#ifndef SANDBOX_CONTROL_MOVE_H
#define SANDBOX_CONTROL_MOVE_H

#include "http.h"

extern const struct route control_move_routes[];

#endif
