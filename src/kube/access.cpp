#include "kube/access.h"

#include "base/file.h"
#include "base/text.h"
#include "config/yaml.h"
#include "http/password.h"

#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::kube {

namespace {

constexpr std::string_view kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

// The element of a list of {name, KEY: …} that has that name; its KEY.
base::Result<config::Node> named(const config::Node& list, const std::string& name, std::string_view key) {
  CEEMS_TRY_VOID(list.check_sequence());
  for (const config::Node& element : list.elements()) {
    CEEMS_TRY_VOID(element.check_map());
    CEEMS_TRY(const std::string its_name, element["name"].string());
    if (its_name != name) continue;
    CEEMS_TRY_VOID(element[key].check_map());
    return element[key];
  }
  return list.error(fmt::format("there is no {} '{}'", key, name));
}

std::string absolute(const std::string& directory, std::string file) {
  return file.empty() || file.starts_with('/') ? file : base::join_path(directory, file);
}

// `key`-data is base64, and counts more than the file that `key` names.
base::Status read_material(const config::Node& node, const std::string& key, const std::string& directory,
                           std::string& text, std::string& file) {
  CEEMS_TRY(const std::string encoded, node[key + "-data"].string());
  if (!encoded.empty()) {
    auto decoded = http::base64_decode(encoded);
    if (!decoded) return node[key + "-data"].error("is not base64");
    text = *std::move(decoded);
    return {};
  }
  CEEMS_TRY(std::string name, node[key].string());
  file = absolute(directory, std::move(name));
  return {};
}

base::Status read_cluster(const config::Node& cluster, const std::string& directory,
                          config::HttpClientConfig& web) {
  CEEMS_TRY(web.url, cluster["server"].string());
  if (web.url.empty()) return cluster.error("server is missing");
  CEEMS_TRY_VOID(read_material(cluster, "certificate-authority", directory, web.tls.ca, web.tls.ca_file));
  CEEMS_TRY(web.tls.server_name, cluster["tls-server-name"].string());
  CEEMS_TRY(web.tls.insecure_skip_verify, cluster["insecure-skip-tls-verify"].boolean(false));
  CEEMS_TRY(web.proxy_url, cluster["proxy-url"].string());
  return {};
}

base::Status read_user(const config::Node& user, const std::string& directory,
                       config::HttpClientConfig& web) {
  if (user["auth-provider"].present())
    return user["auth-provider"].error("is not supported; use exec or a token file");
  CEEMS_TRY_VOID(read_material(user, "client-certificate", directory, web.tls.cert, web.tls.cert_file));
  CEEMS_TRY_VOID(read_material(user, "client-key", directory, web.tls.key, web.tls.key_file));
  const bool certificate = !web.tls.cert.empty() || !web.tls.cert_file.empty();
  const bool key = !web.tls.key.empty() || !web.tls.key_file.empty();
  if (certificate != key) return user.error("a client certificate and its key belong together");
  CEEMS_TRY(web.authorization_credentials.value, user["token"].string());
  CEEMS_TRY(std::string token_file, user["tokenFile"].string());
  if (!token_file.empty()) {
    web.authorization_credentials.file = absolute(directory, std::move(token_file));
    web.authorization_credentials.value.clear();
  }
  if (!web.authorization_credentials.empty()) web.authorization_type = "Bearer";
  CEEMS_TRY(web.basic_username, user["username"].string());
  CEEMS_TRY(web.basic_password.value, user["password"].string());
  web.has_basic_auth = !web.basic_username.empty() && web.authorization_type.empty();
  return {};
}

// What a program is told of the cluster: the ExecCredential's spec.cluster.
base::Result<std::string> cluster_info(const config::HttpClientConfig& web) {
  std::string text = R"({"server":)" + base::json_quote(web.url);
  if (!web.tls.server_name.empty()) text += R"(,"tls-server-name":)" + base::json_quote(web.tls.server_name);
  if (web.tls.insecure_skip_verify) text += R"(,"insecure-skip-tls-verify":true)";
  std::string authority = web.tls.ca;
  if (!web.tls.ca_file.empty()) {
    CEEMS_TRY(authority, base::read_file(web.tls.ca_file));
  }
  if (!authority.empty())
    text += R"(,"certificate-authority-data":)" + base::json_quote(http::base64_encode(authority));
  if (!web.proxy_url.empty()) text += R"(,"proxy-url":)" + base::json_quote(web.proxy_url);
  return text + "}";
}

base::Result<ExecProgram> read_exec(const config::Node& node, const config::HttpClientConfig& web,
                                    const std::string& directory) {
  CEEMS_TRY_VOID(node.check_map());
  ExecProgram program;
  CEEMS_TRY(program.api_version, node["apiVersion"].string());
  if (!is_known_exec_version(program.api_version))
    return node.error("apiVersion has to be client.authentication.k8s.io/v1 or v1beta1");
  CEEMS_TRY(program.command, node["command"].string());
  if (program.command.empty()) return node.error("command is missing");
  // A name alone is looked for in PATH.
  if (program.command.find('/') != std::string::npos)
    program.command = absolute(directory, std::move(program.command));
  CEEMS_TRY(const std::string mode, node["interactiveMode"].string("IfAvailable"));
  if (mode == "Always") return node["interactiveMode"].error("nobody is there whom the program could ask");
  if (node["args"].present()) {
    CEEMS_TRY(program.arguments, node["args"].strings());
  }
  CEEMS_TRY_VOID(node["env"].check_sequence());
  for (const config::Node& variable : node["env"].elements()) {
    CEEMS_TRY_VOID(variable.check_map());
    CEEMS_TRY(const std::string name, variable["name"].string());
    CEEMS_TRY(const std::string value, variable["value"].string());
    if (name.empty() || name.find('=') != std::string::npos)
      return variable.error("a variable has no name that it could have");
    program.environment.push_back(name + "=" + value);
  }
  CEEMS_TRY(program.hint, node["installHint"].string());
  CEEMS_TRY(const bool told, node["provideClusterInfo"].boolean(false));
  if (told) {
    CEEMS_TRY(program.cluster, cluster_info(web));
  }
  return program;
}

}  // namespace

base::Result<Access> parse_kubeconfig(std::string text, const std::string& name,
                                      const std::string& directory) {
  CEEMS_TRY(const config::Document document, config::Document::parse(std::move(text), name));
  const config::Node root = document.root();
  CEEMS_TRY_VOID(root.check_map());
  CEEMS_TRY(const std::string current, root["current-context"].string());
  if (current.empty()) return base::fail(base::ErrorCode::kInvalid, name, "current-context is missing");
  CEEMS_TRY(const config::Node context, named(root["contexts"], current, "context"));
  CEEMS_TRY(const std::string cluster_name, context["cluster"].string());
  CEEMS_TRY(const std::string user_name, context["user"].string());
  CEEMS_TRY(const config::Node cluster, named(root["clusters"], cluster_name, "cluster"));
  Access access;
  CEEMS_TRY_VOID(read_cluster(cluster, directory, access.web));
  if (user_name.empty()) return access;
  CEEMS_TRY(const config::Node user, named(root["users"], user_name, "user"));
  CEEMS_TRY_VOID(read_user(user, directory, access.web));
  if (user["exec"].present()) {
    CEEMS_TRY(access.exec, read_exec(user["exec"], access.web, directory));
  }
  return access;
}

base::Result<config::HttpClientConfig> in_cluster_access() {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (host == nullptr || *host == '\0')
    return base::fail(base::ErrorCode::kInvalid, "",
                      "no kubeconfig file is given, and this is no pod of a cluster: the variable "
                      "KUBERNETES_SERVICE_HOST is not set");
  const std::string name = std::string_view(host).find(':') == std::string_view::npos
                               ? std::string(host)
                               : fmt::format("[{}]", host);
  config::HttpClientConfig web;
  web.url = fmt::format("https://{}:{}", name, port == nullptr || *port == '\0' ? "443" : port);
  web.tls.ca_file = base::join_path(kServiceAccount, "ca.crt");
  web.authorization_type = "Bearer";
  web.authorization_credentials.file = base::join_path(kServiceAccount, "token");
  return web;
}

base::Result<Access> find_access(const std::string& kubeconfig_file) {
  if (kubeconfig_file.empty()) {
    CEEMS_TRY(config::HttpClientConfig web, in_cluster_access());
    return Access{.web = std::move(web)};
  }
  CEEMS_TRY(std::string text, base::read_file(kubeconfig_file));
  const std::string path = base::absolute_path(kubeconfig_file);
  return parse_kubeconfig(std::move(text), kubeconfig_file, base::parent_path(path));
}

}  // namespace ceems::kube
