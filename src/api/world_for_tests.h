// A small site in a real database, and the routes in front of it, for tests. Two clusters, a and b, have
// projects of the same name and units of the same id. It is noon UTC on 1 March 2026.
#pragma once

#include "api/routes.h"
#include "http/message.h"
#include "store/reader.h"
#include "store/writer.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::api {

inline constexpr std::int64_t kNowMs = 1'772'366'400'000;
inline constexpr std::int64_t kHourMs = 3'600'000;

class World {
 public:
  explicit World(const Options& options = default_options());
  ~World();

  static Options default_options();
  // A unit of that owner that ended so many hours ago; 0: still running.
  static store::Unit unit(const char* uuid, const char* user, const char* project, std::int64_t hours_ago);

  // Adds units to a cluster, in a window of its own.
  void add(const std::string& cluster, std::vector<store::Unit> units);

  // What the server would answer; 404 for an unknown path, 405 for another method.
  http::Response ask(std::string_view user, const std::string& target) const;
  http::Response send(const http::Request& request) const;

  const std::string& directory() const { return directory_; }

 private:
  void fill();

  std::string directory_;
  std::unique_ptr<store::Writer> writer_;
  std::unique_ptr<store::Reader> reader_;
  std::unique_ptr<access::Directory> members_;
  std::vector<http::Route> routes_;
};

// The whole body, streamed or not. Fails the test if the stream breaks.
std::string body_of(const http::Response& response);

}  // namespace ceems::api
