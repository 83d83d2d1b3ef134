// PromQL with gaps for what a site chooses. Internal to this room.
#pragma once

#include "rules/options.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::rules {

// Fills the gaps and drops blank lines at both ends:
//   <host>  the labels that name a host: job, instance, and RuleOptions::host_labels
//   <job>   the labels of a scrape job: job, and RuleOptions::host_labels
//   <R>     the rate window, "1m"
//   <pue>   the PUE factor, "1.2"
//   {<J>}   a selector's matcher of the scrape job; nothing when the rules are for any job
//   <,J>    the same after other matchers
// A gap with any other name is a bug.
std::string fill(std::string_view text, const RuleOptions& options);

// Every line of the text behind `indent`; no line end after the last one.
std::string indented(std::string_view text, std::string_view indent);

// The text as a PromQL string literal in double quotes.
std::string promql_quote(std::string_view text);
// A matcher of the label, name="a" or name=~"a|b", for any of these values.
std::string any_of_matcher(std::string_view label, const std::vector<std::string>& values);

// The evaluation interval as a rule group states it; empty for the server's own.
std::string group_interval(const RuleOptions& options);

}  // namespace ceems::rules
