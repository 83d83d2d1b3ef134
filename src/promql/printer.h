// Writes a syntax tree as one line of PromQL that reads as the same tree. The text is the simplest that every
// server from Prometheus 2.40 on reads the same way: durations with units, the name of a metric that needs
// quotes as a matcher, numbers in as few digits as tell them apart, no comments. Thread-safe.
#pragma once

#include "promql/ast.h"

#include <string>

namespace ceems::promql {

std::string print(const Expression& expression);
std::string print(const VectorSelector& selector);

// The same, appended.
void append(std::string& out, const Expression& expression);
void append(std::string& out, const VectorSelector& selector);

}  // namespace ceems::promql
