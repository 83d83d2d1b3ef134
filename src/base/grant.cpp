#include "base/grant.h"

#include "base/text.h"

#include <sys/acl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include <acl/libacl.h>

namespace ceems::base {

namespace {

struct FreeAcl {
  void operator()(acl_t acl) const { ::acl_free(acl); }
};
using Acl = std::unique_ptr<std::remove_pointer_t<acl_t>, FreeAcl>;

Result<Acl> read_acl(const std::string& path) {
  Acl acl(::acl_get_file(path.c_str(), ACL_TYPE_ACCESS));
  if (!acl) return fail_errno(errno, path);
  return acl;
}

Status write_acl(const std::string& path, acl_t acl) {
  if (::acl_set_file(path.c_str(), ACL_TYPE_ACCESS, acl) != 0) return fail_errno(errno, path);
  return {};
}

acl_tag_t tag_of(acl_entry_t entry) {
  acl_tag_t tag = ACL_UNDEFINED_TAG;
  ::acl_get_tag_type(entry, &tag);
  return tag;
}

// Calls `visit` with each entry until it returns true; returns that entry, or nullptr.
template <class Visit>
acl_entry_t find_entry(acl_t acl, Visit visit) {
  acl_entry_t entry = nullptr;
  for (int at = ACL_FIRST_ENTRY; ::acl_get_entry(acl, at, &entry) == 1; at = ACL_NEXT_ENTRY) {
    if (visit(entry)) return entry;
  }
  return nullptr;
}

acl_entry_t find_user_entry(acl_t acl, uid_t uid) {
  return find_entry(acl, [uid](acl_entry_t entry) {
    if (tag_of(entry) != ACL_USER) return false;
    const std::unique_ptr<void, int (*)(void*)> id(::acl_get_qualifier(entry), ::acl_free);
    return id != nullptr && *static_cast<const uid_t*>(id.get()) == uid;
  });
}

struct Permission {
  acl_perm_t perm;
  int mode;
};
constexpr Permission kPermissions[] = {{ACL_READ, R_OK}, {ACL_WRITE, W_OK}, {ACL_EXECUTE, X_OK}};

bool set_mode(acl_entry_t entry, int mode) {
  acl_permset_t set = nullptr;
  if (::acl_get_permset(entry, &set) != 0 || ::acl_clear_perms(set) != 0) return false;
  for (const Permission& permission : kPermissions) {
    if ((mode & permission.mode) != 0 && ::acl_add_perm(set, permission.perm) != 0) return false;
  }
  return true;
}

bool add_user_entry(Acl& acl, uid_t uid, int mode) {
  acl_t raw = acl.release();  // growing may move it
  acl_entry_t entry = nullptr;
  const bool created = ::acl_create_entry(&raw, &entry) == 0;
  acl.reset(raw);
  return created && ::acl_set_tag_type(entry, ACL_USER) == 0 && ::acl_set_qualifier(entry, &uid) == 0 &&
         set_mode(entry, mode);
}

// The mask that lets every entry have its effect; none where nothing but the file mode's three are left.
bool fix_mask(Acl& acl) {
  const bool named = find_entry(acl.get(), [](acl_entry_t entry) {
                       return tag_of(entry) == ACL_USER || tag_of(entry) == ACL_GROUP;
                     }) != nullptr;
  if (!named) {
    acl_entry_t mask = find_entry(acl.get(), [](acl_entry_t entry) { return tag_of(entry) == ACL_MASK; });
    return mask == nullptr || ::acl_delete_entry(acl.get(), mask) == 0;
  }
  acl_t raw = acl.release();
  const bool calculated = ::acl_calc_mask(&raw) == 0;
  acl.reset(raw);
  return calculated;
}

std::string print(acl_t acl) {
  const std::unique_ptr<char, int (*)(void*)> text(::acl_to_any_text(acl, nullptr, '\n', TEXT_NUMERIC_IDS),
                                                   ::acl_free);
  return text ? text.get() : "";
}

std::unexpected<Error> cannot_change(const std::string& path) {
  return fail(ErrorCode::kInternal, path, "cannot change the access control list");
}

struct Change {
  std::string before;
  std::string after;
};

Result<Change> let_in(const std::string& path, uid_t uid, int mode) {
  CEEMS_TRY(Acl acl, read_acl(path));
  Change change{.before = print(acl.get()), .after = ""};
  acl_entry_t entry = find_user_entry(acl.get(), uid);
  const bool changed = entry != nullptr ? set_mode(entry, mode) : add_user_entry(acl, uid, mode);
  if (change.before.empty() || !changed || !fix_mask(acl)) return cannot_change(path);
  CEEMS_TRY_VOID(write_acl(path, acl.get()));
  change.after = print(acl.get());
  return change;
}

Status let_out(const std::string& path, uid_t uid, const Change& change) {
  CEEMS_TRY(Acl acl, read_acl(path));
  if (print(acl.get()) == change.after) {
    const Acl before(::acl_from_text(change.before.c_str()));
    return before ? write_acl(path, before.get()) : Status(cannot_change(path));
  }
  acl_entry_t entry = find_user_entry(acl.get(), uid);
  if (entry == nullptr) return {};
  if (::acl_delete_entry(acl.get(), entry) != 0 || !fix_mask(acl)) return cannot_change(path);
  return write_acl(path, acl.get());
}

}  // namespace

Result<Grants> Grants::add(const User& user, const std::vector<PathNeed>& needs) {
  CEEMS_TRY(const std::vector<PathNeed> unmet, unmet_needs(user, needs));
  Grants grants;
  grants.uid_ = user.uid;
  for (const PathNeed& need : unmet) {
    auto change = let_in(need.path, user.uid, need.mode);
    if (!change && change.error().code == ErrorCode::kNotFound && need.may_vanish) continue;
    if (!change) return std::unexpected(std::move(change).error());
    grants.entries_.push_back({need.path, std::move(change->before), std::move(change->after)});
  }
  CEEMS_TRY(const std::vector<PathNeed> still, unmet_needs(user, unmet));
  if (!still.empty()) {
    (void)grants.revoke();
    return fail(ErrorCode::kPermission, still.front().path,
                "user {} cannot get at it; is a directory above it closed to that user?", user.name);
  }
  return grants;
}

std::vector<std::string> Grants::paths() const {
  std::vector<std::string> result;
  for (const Entry& entry : entries_)
    result.push_back(entry.path);
  return result;
}

Status Grants::revoke() {
  Status first;
  // The last first: a directory that is closed again hides what is in it.
  while (!entries_.empty()) {
    const Entry& entry = entries_.back();
    const Status status = let_out(entry.path, uid_, {entry.before, entry.granted});
    if (!status && first) first = status;
    entries_.pop_back();
  }
  return first;
}

}  // namespace ceems::base
