#include "kube/grpc_exchange.h"

#include "base/check.h"
#include "base/text.h"
#include "http/message.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include <nghttp2/nghttp2.h>

namespace ceems::kube {

namespace {

using base::ErrorCode;

constexpr std::size_t kPrefix = 5;            // of a message: whether it is compressed, and its length
constexpr std::size_t kLongestMessage = 300;  // for people
// Of frames, headers and whatever else is not the message.
constexpr std::size_t kMostOverhead = std::size_t{1} << 20;
constexpr std::int32_t kWindow = 1 << 20;

std::string with_prefix(std::string_view message) {
  std::string framed(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8)
    framed.push_back(static_cast<char>(message.size() >> shift & 0xFF));
  return framed.append(message);
}

std::string readable(std::string_view encoded) {
  std::string text = http::percent_decode(encoded.substr(0, kLongestMessage));
  if (!base::is_valid_utf8(text)) return "";
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

}  // namespace

struct GrpcExchange::State {
  explicit State(GrpcRequest request)
      : subject(request.method), most_bytes(request.most_bytes), upload(with_prefix(request.body)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    CEEMS_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    CEEMS_CHECK(nghttp2_session_client_new(&session, callbacks, this) == 0);
    nghttp2_session_callbacks_del(callbacks);
    submit(request);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { nghttp2_session_del(session); }

  void submit(const GrpcRequest& request) {
    const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                              nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}};
    CEEMS_CHECK(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0);
    CEEMS_CHECK(nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kWindow) == 0);
    const std::string timeout = fmt::format("{}m", std::max<std::int64_t>(1, request.timeout.count()));
    const auto field = [](std::string_view name, std::string_view value) {
      // The library's type has no const; it copies both.
      return nghttp2_nv{const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(name.data())),
                        const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(value.data())),
                        name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
    };
    const std::array fields{field(":method", "POST"),
                            field(":scheme", "http"),
                            field(":path", request.method),
                            field(":authority", "localhost"),
                            field("content-type", "application/grpc"),
                            field("te", "trailers"),
                            field("user-agent", "ceems_exporter"),
                            field("grpc-timeout", timeout)};
    const nghttp2_data_provider provider{.source = {.ptr = this}, .read_callback = on_upload};
    stream = nghttp2_submit_request(session, nullptr, fields.data(), fields.size(), &provider, nullptr);
    CEEMS_CHECK(stream > 0);
  }

  void fail(ErrorCode code, std::string problem) {
    if (!error) error = base::Error{code, std::move(problem), subject};
  }

  void take_header(std::string_view name, std::string_view value) {
    if (name == ":status") http_status = value;
    if (name == "content-type") content_type = value;
    if (name == "grpc-message") message = readable(value);
    if (name == "grpc-encoding" && value != "identity") fail(ErrorCode::kInvalid, "the answer is compressed");
    if (name != "grpc-status") return;
    if (const auto number = base::parse_u64(value); number && *number < 1000)
      status = static_cast<int>(*number);
  }

  void finish(std::uint32_t error_code) {
    if (closed) return;
    closed = true;
    if (error) return;
    if (error_code != NGHTTP2_NO_ERROR) {
      fail(ErrorCode::kUnavailable,
           fmt::format("the peer ended the call: {}", nghttp2_http2_strerror(error_code)));
    } else if (http_status != "200") {
      fail(ErrorCode::kUnavailable, fmt::format("answered HTTP status {}", readable(http_status)));
    } else if (!content_type.starts_with("application/grpc")) {
      fail(ErrorCode::kInvalid, "the answer is no gRPC");
    } else if (!status) {
      fail(ErrorCode::kInvalid, "the answer has no status");
    } else if (*status == kGrpcOk) {
      check_body();
    }
  }

  void check_body() {
    const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(download[i])}; };
    if (download.size() < kPrefix) return fail(ErrorCode::kInvalid, "the answer has no message");
    if (byte(0) != 0) return fail(ErrorCode::kInvalid, "the answer is compressed");
    const std::size_t length = byte(1) << 24 | byte(2) << 16 | byte(3) << 8 | byte(4);
    if (download.size() != kPrefix + length) fail(ErrorCode::kInvalid, "the answer is not one whole message");
  }

  static State& of(void* user) { return *static_cast<State*>(user); }
  static std::string_view text(const std::uint8_t* bytes, std::size_t length) {
    return {reinterpret_cast<const char*>(bytes), length};
  }

  static ssize_t on_upload(nghttp2_session* /*session*/, std::int32_t /*stream*/, std::uint8_t* buffer,
                           std::size_t length, std::uint32_t* flags, nghttp2_data_source* source,
                           void* /*user*/) {
    State& state = of(source->ptr);
    const std::size_t n = std::min(length, state.upload.size() - state.uploaded);
    std::memcpy(buffer, state.upload.data() + state.uploaded, n);
    state.uploaded += n;
    if (state.uploaded == state.upload.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
  }

  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_length, const std::uint8_t* value, std::size_t value_length,
                       std::uint8_t /*flags*/, void* user) {
    State& state = of(user);
    if (frame->hd.stream_id == state.stream)
      state.take_header(text(name, name_length), text(value, value_length));
    return 0;
  }

  static int on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t stream,
                     const std::uint8_t* data, std::size_t length, void* user) {
    State& state = of(user);
    if (stream != state.stream || state.error) return 0;
    if (state.download.size() + length > state.most_bytes + kPrefix) {
      state.fail(ErrorCode::kTooLarge, fmt::format("the answer is larger than {} bytes", state.most_bytes));
      state.download.clear();
      return 0;
    }
    state.download.append(text(data, length));
    return 0;
  }

  static int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    State& state = of(user);
    // What the peer has begun it may still finish.
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.last_stream_id < state.stream)
      state.fail(ErrorCode::kUnavailable, "the peer is going away");
    return 0;
  }

  static int on_close(nghttp2_session* /*session*/, std::int32_t stream, std::uint32_t error_code,
                      void* user) {
    State& state = of(user);
    if (stream == state.stream) state.finish(error_code);
    return 0;
  }

  const std::string subject;
  const std::size_t most_bytes;
  const std::string upload;
  std::size_t uploaded = 0;
  nghttp2_session* session = nullptr;
  std::int32_t stream = 0;
  std::size_t received = 0;  // bytes of the connection
  std::string http_status;
  std::string content_type;
  std::optional<int> status;
  std::string message;
  std::string download;
  bool closed = false;
  std::optional<base::Error> error;
};

GrpcExchange::GrpcExchange(GrpcRequest request) : state_(std::make_unique<State>(std::move(request))) {}

GrpcExchange::~GrpcExchange() = default;

std::string GrpcExchange::take_output() {
  std::string output;
  while (true) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t n = nghttp2_session_mem_send(state_->session, &bytes);
    if (n < 0) {
      state_->fail(ErrorCode::kInvalid, fmt::format("HTTP/2: {}", nghttp2_strerror(static_cast<int>(n))));
      return output;
    }
    if (n == 0) break;
    output.append(State::text(bytes, static_cast<std::size_t>(n)));
  }
  // The library has ended the connection because of what it was sent.
  if (!state_->closed && nghttp2_session_want_read(state_->session) == 0)
    state_->fail(ErrorCode::kInvalid, "the answer is no HTTP/2");
  return output;
}

base::Status GrpcExchange::receive(std::string_view bytes) {
  State& state = *state_;
  state.received += bytes.size();
  if (state.received > state.most_bytes + kMostOverhead)
    state.fail(ErrorCode::kTooLarge, fmt::format("the answer is larger than {} bytes", state.most_bytes));
  if (!state.error) {
    const ssize_t n = nghttp2_session_mem_recv(
        state.session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (n < 0)
      state.fail(ErrorCode::kInvalid, fmt::format("HTTP/2: {}", nghttp2_strerror(static_cast<int>(n))));
  }
  if (state.error) return std::unexpected(*state.error);
  return {};
}

std::optional<base::Result<GrpcReply>> GrpcExchange::reply() const {
  if (state_->error) return std::unexpected(*state_->error);
  if (!state_->closed) return std::nullopt;
  GrpcReply reply{.status = *state_->status, .message = state_->message, .body = ""};
  if (reply.status == kGrpcOk) reply.body = state_->download.substr(kPrefix);
  return reply;
}

}  // namespace ceems::kube
