// What is known of how it is known which pods hold which GPUs. Stateless.
#pragma once

#include "exposition/emitter.h"
#include "unit/kubernetes_registry.h"

namespace ceems::collector {

void emit_pods(const unit::KubernetesRegistry& pods, exposition::Emitter& emitter);

}  // namespace ceems::collector
