// Which units are asked for in one query. Pure functions.
#pragma once

#include "store/model.h"
#include "tsdb/client.h"
#include "update/updater.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ceems::update {

// Which queries a batch is for. Sums of a unit that has ended go on for a while: rules work with rates, and a
// rate lags behind what it tells.
enum class Asked { kEverything, kSums, kAllButSums };

// Units with different ids over one range of time.
struct Batch {
  Window range{};
  Asked asked = Asked::kEverything;
  std::string manager{};             // only series of this manager; "" for any
  std::vector<std::size_t> units{};  // indexes into the units of the window
};

// How many ids one query may name so that it stays within the server's limit of samples.
std::size_t batch_size(const tsdb::Settings& settings, Milliseconds window, std::int64_t max_series,
                       double min_samples);

// Every unit with an id is in one batch for each query. No moment of an id is asked for twice: units that
// share one, in the window or as far as their manager knows, are asked for in the time of each. Where these
// times overlap, which only different managers' do, in series of each one's manager.
//
// Sums of units that ended are asked for up to `tail` after the range, but not past the start of the next
// unit of the id, nor at all where such a one may go unnoticed. From its start on, all that the id's rates
// tell is the next one's.
//
// A unit whose time in the window's result is more than it ran inside was reported late, and is asked for
// from that much before; there is none if the window's horizon is its start.
std::vector<Batch> make_batches(const std::vector<store::Unit>& units, const Window& window, std::size_t size,
                                Milliseconds tail);

}  // namespace ceems::update
