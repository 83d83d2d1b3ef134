// Writes the rows of compute units as samples, family by family. Does no I/O.
#pragma once

#include "collector/compute_units_rows.h"
#include "exposition/emitter.h"

namespace ceems::collector {

void emit_units(const UnitRows& rows, exposition::Emitter& emitter);

}  // namespace ceems::collector
