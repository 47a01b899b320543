/* lambdainvoke.h - all of the core library. Parts have headers of their own: pattern.h, services.h, sample.h, api.h, sqlite.h. */
#ifndef LAMBDAINVOKE_LAMBDAINVOKE_H
#define LAMBDAINVOKE_LAMBDAINVOKE_H

#include <lambdainvoke/allocator.h>
#include <lambdainvoke/clock.h>
#include <lambdainvoke/control.h>
#include <lambdainvoke/destination.h>
#include <lambdainvoke/engine.h>
#include <lambdainvoke/event.h>
#include <lambdainvoke/executor.h>
#include <lambdainvoke/function.h>
#include <lambdainvoke/invocation.h>
#include <lambdainvoke/invoke.h>
#include <lambdainvoke/io.h>
#include <lambdainvoke/journal.h>
#include <lambdainvoke/local_queue.h>
#include <lambdainvoke/log.h>
#include <lambdainvoke/mapping.h>
#include <lambdainvoke/metrics.h>
#include <lambdainvoke/part.h>
#include <lambdainvoke/permission.h>
#include <lambdainvoke/queue.h>
#include <lambdainvoke/retry.h>
#include <lambdainvoke/schedule.h>
#include <lambdainvoke/source.h>
#include <lambdainvoke/status.h>
#include <lambdainvoke/store.h>
#include <lambdainvoke/stream.h>
#include <lambdainvoke/testing.h>
#include <lambdainvoke/trigger.h>
#include <lambdainvoke/types.h>
#include <lambdainvoke/version.h>

#endif
