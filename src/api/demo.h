// Units and usage of a site that does not exist, different with each request. Nothing is read from the
// database. Thread-safe.
#pragma once

#include "api/call.h"
#include "http/message.h"

namespace ceems::api {

// 100 units of SLURM, OpenStack and Kubernetes, 20 of which still run.
http::Response demo_units(const Backend& backend, const Call& call);
// Seven users with one to three projects each.
http::Response demo_usage(const Backend& backend, const Call& call);

}  // namespace ceems::api
