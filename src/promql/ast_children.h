// The body of for_each_child(), see ast.h.
#pragma once

#include "promql/ast.h"

#include <type_traits>
#include <variant>

namespace ceems::promql {

template <class Tree, class Visit>
void for_each_child(Tree& expression, const Visit& visit) {
  std::visit(
      [&](auto& node) {
        using Node = std::remove_cvref_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, Subquery> || std::is_same_v<Node, Parentheses>) {
          visit(*node.expression);
        } else if constexpr (std::is_same_v<Node, Unary>) {
          visit(*node.operand);
        } else if constexpr (std::is_same_v<Node, Call>) {
          for (const auto& argument : node.arguments)
            visit(*argument);
        } else if constexpr (std::is_same_v<Node, Aggregation>) {
          if (node.parameter) visit(*node.parameter);
          visit(*node.expression);
        } else if constexpr (std::is_same_v<Node, Binary>) {
          visit(*node.left);
          visit(*node.right);
        }
      },
      expression.node);
}

}  // namespace ceems::promql
