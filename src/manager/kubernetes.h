// The manager "k8s": pods as the API server of Kubernetes tells them. A unit is one pod; those that wait for
// their turn are not told. It starts when a node took it, and ends when the last of its containers did.
//
// Pods are watched, so that none is missed that lives shortly; one that ended is told until the window of its
// end is done. What is lost while this program is not running is only when a pod ended: the last moment at
// which it is known to have run counts. Users are told by name: namespaces are their projects.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/rest.h"
#include "manager/settings.h"

#include <memory>

namespace ceems::manager {

// Begins to watch. `make_transport` is for tests; empty for the network. Errors: the settings do not tell how
// to reach the API server.
base::Result<std::unique_ptr<Manager>> make_kubernetes_manager(const ClusterSettings& settings,
                                                               const MakeTransport& make_transport);

}  // namespace ceems::manager
