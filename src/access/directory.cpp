#include "access/directory.h"

#include "store/reader.h"

namespace ceems::access {

namespace {

class ReaderDirectory final : public Directory {
 public:
  explicit ReaderDirectory(store::Reader& reader) : reader_(reader) {}

  base::Result<bool> is_admin(const std::string& user) const override { return reader_.is_admin(user); }
  base::Result<std::vector<store::ProjectKey>> projects_of(
      const std::vector<std::string>& users) const override {
    return reader_.projects_of(users);
  }
  base::Result<std::vector<std::string>> owned_uuids(
      const std::vector<std::string>& uuids, const std::vector<std::string>& clusters,
      const std::vector<store::ProjectKey>& projects) const override {
    return reader_.owned_uuids(uuids, clusters, projects);
  }

 private:
  store::Reader& reader_;
};

}  // namespace

std::unique_ptr<Directory> make_directory(store::Reader& reader) {
  return std::make_unique<ReaderDirectory>(reader);
}

}  // namespace ceems::access
