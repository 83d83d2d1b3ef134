// Who may use which namespace of Kubernetes: by a file that the site keeps, by role bindings, and by the pods
// that were seen. Not thread-safe.
#pragma once

#include "base/result.h"
#include "manager/kubernetes_pods.h"
#include "manager/manager.h"

#include <set>
#include <string>

namespace ceems::manager {

// `users:` with a list of users for each namespace. Errors: kInvalid, with the line.
base::Result<std::set<NamespaceUser>> parse_namespace_users(std::string text, const std::string& name);

class KubernetesMembers {
 public:
  explicit KubernetesMembers(std::string file) : file_(std::move(file)) {}

  // Remembered for good, as <project>:svc is what makes the pods of service accounts visible.
  void saw(NamespaceUser owner) { seen_.insert(std::move(owner)); }
  // `bindings` as far as they are known this time; otherwise, and where the file cannot be read, it is what
  // it was last. A file that is not there names nobody.
  Membership membership(const base::Result<std::set<NamespaceUser>>& bindings);

 private:
  std::string file_;
  std::set<NamespaceUser> listed_;
  std::set<NamespaceUser> bound_;
  std::set<NamespaceUser> seen_;
  bool bindings_known_ = false;
};

}  // namespace ceems::manager
