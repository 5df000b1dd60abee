/**
 * @file
 * The whole interface of alidade but the one for drivers, which is in alidade/driver.h.
 */
#ifndef ALIDADE_H
#define ALIDADE_H

/* lib/gen writes the list of headers from here */
#include <alidade/arrangement.h>
#include <alidade/base.h>
#include <alidade/buffer.h>
#include <alidade/callable.h>
#include <alidade/camera.h>
#include <alidade/clock.h>
#include <alidade/device.h>
#include <alidade/fit.h>
#include <alidade/frame.h>
#include <alidade/lab.h>
#include <alidade/log.h>
#include <alidade/number.h>
#include <alidade/op.h>
#include <alidade/port.h>
#include <alidade/queue.h>
#include <alidade/settings.h>
#include <alidade/simulation.h>
#include <alidade/source.h>
#include <alidade/stream.h>
#include <alidade/value.h>
/* to here */

#endif
