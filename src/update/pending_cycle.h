// Asks again what earlier windows owe.
#pragma once

#include "base/result.h"
#include "store/writer.h"
#include "update/updater.h"

#include <functional>
#include <vector>

namespace ceems::update {

// Settles what is due, the longest waiting first, until nothing is due or `go_on` says no. What a server that
// is out of service owes is put off without asking it again and again.
base::Status ask_again(store::Writer& writer, const std::vector<Updater*>& updaters, TimePoint now,
                       const std::function<bool()>& go_on);

}  // namespace ceems::update
