#include "bmcproxy/proxy.h"

#include "base/log.h"
#include "base/text.h"
#include "bmcproxy/fleet.h"
#include "bmcproxy/resources.h"
#include "bmcproxy/sessions.h"
#include "bmcproxy/shared_answers.h"
#include "bmcproxy/targets.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace ceems::bmcproxy {

namespace {

using Clock = std::chrono::steady_clock;
using http::ForwardFault;

constexpr std::size_t kLargestLogin = 8'192;
constexpr std::size_t kLargestAnswer = std::size_t{16} << 20;
constexpr std::string_view kTokenField = "X-Auth-Token";
// Of the client's fields, a BMC sees these, and the token.
constexpr std::array<std::string_view, 5> kPassed{"Accept", "Content-Type", "If-Match", "OData-MaxVersion",
                                                  "OData-Version"};
// What the answer for one client says to that client alone, or about the bytes as they were sent.
constexpr std::array<std::string_view, 4> kNotShared{"Content-Length", "Date", "Set-Cookie", "Keep-Alive"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(names,
                             [&](std::string_view one) { return base::equals_ignoring_case(name, one); });
}

// A token that is of no use there would keep answers apart that are the same.
std::string token_of(const http::Request& request) {
  return is_open(request.path()) ? "" : std::string(request.fields.find(kTokenField).value_or(""));
}

http::Response refusal(int status, std::string text) {
  http::Response response = http::text_response(status, text + "\n");
  if (status == 503) response.fields.set("Retry-After", "5");
  return response;
}

http::Response failure(ForwardFault fault) {
  if (fault == ForwardFault::kTimeout) return refusal(504, "the BMC did not answer in time");
  if (fault == ForwardFault::kCredentials || fault == ForwardFault::kRewrite)
    return refusal(502, "the BMC could not be asked");
  return refusal(502, "the BMC could not be reached, or broke off");
}

// One request on its way to a BMC.
struct Errand {
  std::shared_ptr<Bmc> bmc;
  std::string token;
  std::string key;                       // of the shared answer; "" for one that is not shared
  std::shared_ptr<SharedAnswer> answer;  // to be ended, with that key
  std::string login;                     // the words of a login, else ""
};

}  // namespace

// Immutable but for what it knows of BMCs; for the network thread, shared by the steps and hooks of all
// requests that came to it.
class Proxy : public std::enable_shared_from_this<Proxy> {
 public:
  Proxy(Settings settings, TargetRules targets, ResourceRules resources, base::AddressList trusted,
        SelfMetrics& metrics)
      : settings_(std::move(settings)),
        targets_(std::move(targets)),
        resources_(std::move(resources)),
        trusted_(std::move(trusted)),
        metrics_(metrics),
        fleet_(settings_),
        answers_(settings_.remember) {}

  http::Answer decide(http::Request& request) {
    switch (resources_.judge(request.method, request.path())) {
      case Verdict::kAllowed:
        break;
      case Verdict::kMethod:
        return refuse("method", refusal(405, "this method is not allowed here"));
      case Verdict::kUnclean:
      case Verdict::kResource:
        return refuse("resource", refusal(403, "access to this API resource is not allowed"));
    }
    auto target = targets_.find(addresses_of(request), request.fields);
    if (!target) {
      if (target.error().code == base::ErrorCode::kPermission) {
        base::Logger().debug("refused", {{"client", request.peer_address}, {"err", target.error()}});
        return refuse("target", refusal(403, "access to this BMC is not allowed"));
      }
      return refuse("no-target", refusal(400, "failed to find redfish target"));
    }
    const auto now = Clock::now();
    auto bmc = fleet_.find(*target, now);
    if (!bmc) {
      base::Logger().error("a BMC can't be asked", {{"err", bmc.error()}});
      return refuse("setup", refusal(503, "the BMC can't be asked at the moment"));
    }
    Errand errand{.bmc = *std::move(bmc), .token = token_of(request), .key = {}, .answer = {}, .login = {}};
    if (request.method == "GET") {
      errand.key = fmt::format("{}\n{}\n{}\n{}", errand.bmc->url(), request.target, errand.token,
                               request.fields.find("Accept").value_or(""));
      return share(request, std::move(errand));
    }
    if (request.method == "POST") {
      return http::ReadBody{kLargestLogin, [self = shared_from_this(),
                                            errand = std::move(errand)](http::Request& whole) mutable {
                              return self->log_in(whole, std::move(errand));
                            }};
    }
    if (request.method == "DELETE" && settings_.share_sessions &&
        sessions_.leave(errand.bmc->url(), errand.token, request.path()))
      return answer(Origin::kProxy, http::Response{.status = 204, .fields = {}, .body = {}});
    return queue(request, std::move(errand));
  }

  Load load() const {
    Load load = fleet_.load(Clock::now());
    load.sessions = sessions_.count();
    return load;
  }

 private:
  std::vector<std::string> addresses_of(const http::Request& request) const {
    std::vector<std::string> addresses;
    if (trusted_.contains(request.peer_address)) {
      for (const auto& [name, value] : request.fields.entries()) {
        if (base::equals_ignoring_case(name, "X-Real-IP")) addresses.emplace_back(base::trim(value));
      }
    }
    addresses.push_back(request.peer_address);
    return addresses;
  }

  http::Answer refuse(std::string_view reason, http::Response response) {
    metrics_.count_refusal(reason);
    return answer(Origin::kProxy, std::move(response));
  }

  http::Response answer(Origin origin, http::Response response) {
    metrics_.count_answer(response.status, origin);
    return response;
  }

  http::Answer log_in(http::Request& request, Errand errand) {
    if (!settings_.share_sessions) return queue(request, std::move(errand));
    errand.login = request.body;
    errand.answer.reset();
    if (auto shared = sessions_.join(errand.bmc->url(), errand.login, Clock::now()))
      return answer(Origin::kShared, *std::move(shared));
    errand.key = fmt::format("{}\n{}\n", errand.bmc->url(), request.body);
    return share(request, std::move(errand));
  }

  // Takes the answer that is there, waits for the one that is on its way, or goes for it.
  http::Answer share(http::Request& request, Errand errand) {
    const auto now = Clock::now();
    auto found = answers_.find(errand.key, now);
    errand.answer = std::move(found.answer);
    if (found.mine) return queue(request, std::move(errand));
    return take(request, std::move(errand), now + longest_wait());
  }

  std::chrono::milliseconds longest_wait() const {
    return settings_.limits.patience + 2 * settings_.limits.timeout;
  }

  http::Answer take(http::Request& request, Errand errand, Clock::time_point until) {
    switch (errand.answer->state) {
      case SharedAnswer::State::kThere:
        // Each login that is answered so counts as one of the session.
        if (!errand.login.empty() && errand.answer->response.status < 300)
          return log_in(request, std::move(errand));
        return answer(Origin::kShared, errand.answer->response);
      case SharedAnswer::State::kAbandoned:
        return share(request, std::move(errand));
      case SharedAnswer::State::kFetching:
        break;
    }
    if (Clock::now() >= until) return refuse("overdue", failure(ForwardFault::kTimeout));
    auto bell = errand.answer->done;
    return http::Wait{
        std::move(bell), until,
        [self = shared_from_this(), errand = std::move(errand), until](http::Request& later) mutable {
          return self->take(later, std::move(errand), until);
        }};
  }

  http::Answer queue(http::Request& request, Errand errand) {
    const auto now = Clock::now();
    if (const auto fault = errand.bmc->silent(now)) return give_up(errand, "silent", failure(*fault));
    auto place = errand.bmc->turnstile().queue(now);
    if (!place) return give_up(errand, "crowded", refusal(503, "too many requests wait for this BMC"));
    return pass(request, std::move(errand), std::move(place));
  }

  http::Answer pass(http::Request& request, Errand errand, Turnstile::Place place) {
    const auto now = Clock::now();
    const auto next = errand.bmc->turnstile().next(place, now);
    switch (next.step) {
      case Turnstile::Step::kGiveUp:
        return give_up(errand, "crowded", refusal(503, "the BMC is busy"));
      case Turnstile::Step::kWait: {
        auto bell = place->bell;
        return http::Wait{std::move(bell), next.until,
                          [self = shared_from_this(), errand = std::move(errand),
                           place = std::move(place)](http::Request& later) mutable {
                            return self->pass(later, std::move(errand), std::move(place));
                          }};
      }
      case Turnstile::Step::kGo:
        break;
    }
    // It fell silent while this one waited.
    if (const auto fault = errand.bmc->silent(now)) {
      errand.bmc->turnstile().leave();
      return give_up(errand, "silent", failure(*fault));
    }
    return forward(request, std::move(errand));
  }

  // Those who wait for the same get the same.
  http::Answer give_up(const Errand& errand, std::string_view reason, const http::Response& response) {
    if (errand.answer) answers_.arrived(errand.key, *errand.answer, response, false, Clock::now());
    return refuse(reason, response);
  }

  http::Forward forward(http::Request& request, Errand errand) {
    http::Forward forward;
    forward.upstream = errand.bmc->upstream();
    forward.method = request.method;
    forward.target = request.target;
    for (const auto& [name, value] : request.fields.entries()) {
      if (is_one_of(name, kPassed)) forward.fields.add(name, value);
    }
    // The one that answers are kept by, and no other.
    if (!errand.token.empty()) forward.fields.add(std::string(kTokenField), errand.token);
    if (request.method == "POST") {
      forward.body = request.body;
    } else {
      forward.body = http::ClientBody{.limit = 0};
    }
    // What arrives, for others who ask the same.
    auto copy = errand.answer ? std::make_shared<http::Response>() : nullptr;
    auto body = std::make_shared<std::string>();
    forward.on_head = [copy, body](http::ForwardedHead& head) -> base::Status {
      head.fields.remove("Set-Cookie");
      if (!copy) return {};
      copy->status = head.status;
      copy->fields = head.fields;
      copy->fields.remove_if(
          [](const http::Fields::Entry& field) { return is_one_of(field.first, kNotShared); });
      head.rewriter = [body, bytes = std::size_t{0}](std::string_view piece, bool,
                                                     std::string& out) mutable -> base::Status {
        bytes += piece.size();
        if (bytes > kLargestAnswer)
          return base::fail(base::ErrorCode::kTooLarge, "", "a BMC's answer is too large");
        out.append(piece);
        // One byte beyond says that it is too large to be shared.
        if (body->size() <= SharedAnswers::kLargest)
          body->append(piece.substr(0, SharedAnswers::kLargest + 1 - body->size()));
        return {};
      };
      return {};
    };
    forward.on_end = [self = shared_from_this(), errand = std::move(errand), copy,
                      body](const http::Outcome& outcome) {
      if (copy) copy->body = std::move(*body);
      self->ended(errand, copy, outcome);
    };
    forward.on_failure = [](const http::Outcome& outcome, std::unique_ptr<http::Forward>) -> http::Answer {
      return failure(outcome.fault);
    };
    return forward;
  }

  void ended(const Errand& errand, const std::shared_ptr<http::Response>& copy,
             const http::Outcome& outcome) {
    const auto now = Clock::now();
    const std::string& url = errand.bmc->url();
    errand.bmc->turnstile().leave();
    errand.bmc->ended(outcome, now);
    metrics_.count_attempt(outcome.fault);
    const bool answered = outcome.fault == ForwardFault::kNone;
    if (answered || http::blames_upstream(outcome.fault))
      metrics_.count_answer(answered || outcome.head_sent ? outcome.status : failure(outcome.fault).status,
                            answered ? Origin::kBmc : Origin::kProxy);
    if (outcome.status == 401) sessions_.refused(url, errand.token);
    if (outcome.status == 200) sessions_.accepted(url, errand.token, now);
    if (!errand.answer) return;
    const bool left = outcome.fault == ForwardFault::kClient || outcome.fault == ForwardFault::kStopped;
    if (left || (answered && copy->text().size() > SharedAnswers::kLargest)) {
      answers_.abandon(errand.key, *errand.answer);
    } else if (!answered) {
      answers_.arrived(errand.key, *errand.answer, failure(outcome.fault), false, now);
    } else {
      if (!errand.login.empty()) sessions_.began(url, errand.login, *copy, now);
      const bool keep = errand.login.empty() && copy->status == 200;
      answers_.arrived(errand.key, *errand.answer, std::move(*copy), keep, now);
    }
  }

  const Settings settings_;
  const TargetRules targets_;
  const ResourceRules resources_;
  const base::AddressList trusted_;
  SelfMetrics& metrics_;
  Fleet fleet_;
  SharedAnswers answers_;
  Sessions sessions_;
};

struct Entrance::Slot {
  mutable std::mutex mutex;
  std::shared_ptr<Proxy> proxy;  // guarded by mutex

  std::shared_ptr<Proxy> current() const {
    const std::scoped_lock lock(mutex);
    return proxy;
  }
};

Entrance::Entrance(base::AddressList trusted, SelfMetrics& metrics)
    : trusted_(std::move(trusted)), metrics_(metrics), slot_(std::make_shared<Slot>()) {}

base::Result<std::unique_ptr<Entrance>> Entrance::create(const Settings& settings, base::AddressList trusted,
                                                         SelfMetrics& metrics) {
  std::unique_ptr<Entrance> entrance(new Entrance(std::move(trusted), metrics));
  CEEMS_TRY_VOID(entrance->exchange(settings));
  return entrance;
}

base::Status Entrance::exchange(const Settings& settings) {
  CEEMS_TRY(TargetRules targets, TargetRules::create(settings));
  CEEMS_TRY(ResourceRules resources, ResourceRules::create(settings.resources));
  // Certificates and secrets are the same for all.
  CEEMS_TRY_VOID(Bmc::create("https://localhost", settings));
  auto proxy =
      std::make_shared<Proxy>(settings, std::move(targets), std::move(resources), trusted_, metrics_);
  // The former one ends outside of the lock.
  const std::scoped_lock lock(slot_->mutex);
  slot_->proxy.swap(proxy);
  return {};
}

http::Route Entrance::route() const {
  http::Route route;
  route.path = "/…";
  route.decide = [slot = slot_](http::Request& request) { return slot->current()->decide(request); };
  return route;
}

Load Entrance::load() const {
  return slot_->current()->load();
}

}  // namespace ceems::bmcproxy
